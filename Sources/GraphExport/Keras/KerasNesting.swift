import ModelCore
import ModelGraph

/// Models that were used as layers. The importer puts the nodes of a model `trunk` under `trunk/`, and names its result `trunk` by an identity.
enum KerasNesting {
    /// For the position of each result of a nested model, the positions of the units inside.
    ///
    /// Inside are units that nothing outside reads.
    static func find(in units: [KerasUnit], prefix: String, ends: Set<String>) -> [Int: [Int]] {
        var members: [String: [Int]] = [:]
        for (index, unit) in units.enumerated() {
            let local = unit.name.dropFirst(prefix.count)
            guard unit.name.hasPrefix(prefix), let slash = local.firstIndex(of: "/") else { continue }
            members[String(local[..<slash]), default: []].append(index)
        }
        guard !members.isEmpty else { return [:] }
        var readers: [String: [Int]] = [:]
        for (index, unit) in units.enumerated() { for value in unit.inputs { readers[value, default: []].append(index) } }
        var found: [Int: [Int]] = [:]
        for (index, unit) in units.enumerated() {
            guard case .identity = unit.core.operation, let inside = members[String(unit.name.dropFirst(prefix.count))] else { continue }
            let allowed = Set(inside + [index])
            let isClosed = inside.allSatisfy { member in
                !ends.contains(units[member].output) && (readers[units[member].output] ?? []).allSatisfy(allowed.contains)
            }
            let made = Set(inside.map { units[$0].output })
            let readsOutside = inside.contains { units[$0].inputs.contains { !made.contains($0) } }
            if isClosed, readsOutside, made.contains(unit.inputs[0]), inside.allSatisfy({ $0 < index }) { found[index] = inside }
        }
        return found
    }
}

/// What Keras' TimeDistributed applies to each step of a sequence. The importer puts the nodes of a wrapped layer under the wrapper's name, between
/// one that takes the steps for samples and one that undoes it.
enum KerasStepwise {
    /// For the position of each result of such a layer, the positions of the units inside, the one that takes steps for samples first.
    static func find(in units: [KerasUnit], ends: Set<String>) -> [Int: [Int]] {
        var found: [Int: [Int]] = [:]
        for (index, unit) in units.enumerated() {
            guard case .unfoldBatch = unit.core.operation, unit.inputs.count == 2 else { continue }
            let members = units.indices.filter { $0 < index && units[$0].name.hasPrefix(unit.name + "/") }
            guard let first = members.first, case .foldBatch = units[first].core.operation, units[first].inputs == [unit.inputs[1]] else { continue }
            let made = Set(members.map { units[$0].output })
            let isClosed = members.dropFirst().allSatisfy { units[$0].inputs.allSatisfy(made.contains) }
            let isRead = units.indices.contains { reader in
                reader != index && !members.contains(reader) && units[reader].inputs.contains(where: made.contains)
            }
            if isClosed, !isRead, made.contains(unit.inputs[0]), made.isDisjoint(with: ends) { found[index] = members }
        }
        return found
    }
}

extension KerasDraftModel {
    /// Whether each layer reads the one before it and nothing else, and none is an operation, which no Sequential model takes.
    var isChain: Bool {
        guard inputs.count == 1, inputs[0].layer == 0, outputs == [KerasDraftReference(layer: layers.count - 1, call: 0)] else { return false }
        return layers.indices.dropFirst().allSatisfy { index in
            layers[index].calls.count == 1 && !layers[index].isOperation
                && layers[index].calls[0].arguments == [.tensor(KerasDraftReference(layer: index - 1, call: 0))]
        }
    }
}
