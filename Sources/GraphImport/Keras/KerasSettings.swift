import ByteIO
import Synchronization

/// What a layer or a call is set to, by key, with a note of every key that has been read.
///
/// A layer whose file says something that nobody read is refused (`KerasLayer.unreadProblems`), so that no setting is dropped in silence.
final class KerasSettings: Sendable {
    /// All that the file says. What is looked at here is not noted.
    let values: JSONObject
    private let readings = Mutex(Readings())

    private struct Readings {
        var keys: Set<String> = []
        var parts: [String: KerasSettings] = [:]
    }

    init(_ values: JSONObject = JSONObject()) {
        self.values = values
    }

    subscript(key: String) -> JSONValue? {
        readings.withLock { _ = $0.keys.insert(key) }
        return values[key]
    }

    /// The settings that are the value of `key`, of which each is to be read for itself.
    func part(_ key: String, _ values: JSONObject) -> KerasSettings {
        let part = KerasSettings(values)
        readings.withLock { readings in
            readings.keys.insert(key)
            readings.parts[key] = part
        }
        return part
    }

    /// What nobody has read, by the path of its keys.
    var unread: [(key: String, value: JSONValue)] {
        let readings = readings.withLock { $0 }
        return values.flatMap { key, value in
            guard readings.keys.contains(key) else { return [(key: key, value: value)] }
            return readings.parts[key]?.unread.map { (key: "\(key)/\($0.key)", value: $0.value) } ?? []
        }
    }
}
