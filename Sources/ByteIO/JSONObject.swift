/// The members of a JSON object in the order of the text; keys are unique.
///
/// Keys are equal where Swift strings are: after canonical Unicode normalisation.
package struct JSONObject: Sendable, Hashable {
    package private(set) var keys: [String] = []
    private var values: [JSONValue] = []
    /// The position of each key, kept once there are more members than a search by eye is good for.
    private var positions: [String: Int] = [:]

    private static let searchedCount = 8

    package init() {}

    /// The object of these members, as many keys as values; or the position of the first key that was there before.
    static func make(keys: some Collection<String>, values: some Collection<JSONValue>) -> Result<JSONObject, RepeatedKey> {
        var object = JSONObject()
        object.keys.reserveCapacity(keys.count)
        if keys.count > searchedCount { object.positions.reserveCapacity(keys.count) }
        for key in keys {
            guard object.position(of: key) == nil else { return .failure(RepeatedKey(position: object.keys.count)) }
            object.appendKey(key)
        }
        object.values = Array(values)
        return .success(object)
    }

    struct RepeatedKey: Error {
        let position: Int
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    /// Setting `nil` removes the member; setting a new key appends one.
    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { values[$0] } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): values[position] = value
            case (nil, let value?):
                appendKey(key)
                values.append(value)
            case (let position?, nil): remove(at: position)
            case (nil, nil): break
            }
        }
    }

    /// The member at this position of the text, from 0 to `count - 1`.
    package func member(at position: Int) -> (key: String, value: JSONValue) {
        (keys[position], values[position])
    }

    private func position(of key: String) -> Int? {
        keys.count > Self.searchedCount ? positions[key] : keys.firstIndex(of: key)
    }

    private mutating func appendKey(_ key: String) {
        keys.append(key)
        if keys.count == Self.searchedCount + 1 {
            index()
        } else if keys.count > Self.searchedCount {
            positions[key] = keys.count - 1
        }
    }

    private mutating func remove(at position: Int) {
        keys.remove(at: position)
        values.remove(at: position)
        positions.removeAll()
        if keys.count > Self.searchedCount { index() }
    }

    private mutating func index() {
        for (position, key) in keys.enumerated() { positions[key] = position }
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> AnyIterator<(key: String, value: JSONValue)> {
        var members = zip(keys, values).makeIterator()
        return AnyIterator { members.next().map { (key: $0.0, value: $0.1) } }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (key, value) in elements { self[key] = value }
    }
}
