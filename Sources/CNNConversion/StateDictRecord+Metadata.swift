import ByteIO
import ModelCore
import ModelGraph

// In the metadata of a `.cnnm`, as the text of a JSON object.
extension StateDictRecord {
    private static let key = "state_dict"

    /// What the metadata of a `.cnnm` say; `nil` where they say nothing of a state dict.
    init?(metadata: [String: String]) {
        guard let text = metadata[Self.key], let tree = try? JSON.parse(Array(text.utf8)) else { return nil }
        self.init()
        for (name, value) in tree["tensors"]?.object ?? JSONObject() {
            let permutation = Self.integers(value["permutation"])
            guard let split = Self.integers(value["split"]) else { continue }
            let axes = permutation ?? Array(split.indices)
            guard axes.allSatisfy(split.indices.contains) else { continue }
            let tensor = Tensor(
                name: name, shape: Self.integers(value["shape"]) ?? axes.map { split[$0] }, weight: value["weight"]?.string ?? name, split: split,
                permutation: axes)
            if let tensor { tensors.append(tensor) }
        }
        for (name, count) in tree["counters"]?.object ?? JSONObject() { counters[name] = count.integer }
        unused = tree["unused"]?.array?.compactMap(\.string) ?? []
        consumed = tree["consumed"]?.array?.compactMap(\.string) ?? []
    }

    private static func integers(_ value: JSONValue?) -> [Int]? {
        guard let array = value?.array else { return nil }
        let integers = array.compactMap(\.integer)
        return integers.count == array.count ? integers : nil
    }

    var metadata: [String: String] {
        guard !isEmpty else { return [:] }
        func integers(_ numbers: [Int]) -> JSONValue { .array(numbers.map(JSONValue.integer)) }
        var (tensors, counters) = (JSONObject(), JSONObject())
        for tensor in self.tensors {
            // What follows from the rest is left out.
            var object: JSONObject = ["split": integers(tensor.split)]
            if tensor.permutation != Array(tensor.split.indices) { object["permutation"] = integers(tensor.permutation) }
            if tensor.shape != tensor.permutation.map({ tensor.split[$0] }) { object["shape"] = integers(tensor.shape) }
            if tensor.weight != tensor.name { object["weight"] = .string(tensor.weight) }
            tensors[tensor.name] = .object(object)
        }
        for (name, count) in self.counters.sorted(by: { $0.key < $1.key }) { counters[name] = .integer(count) }
        var root: JSONObject = ["tensors": .object(tensors)]
        if !self.counters.isEmpty { root["counters"] = .object(counters) }
        if !unused.isEmpty { root["unused"] = .array(unused.map(JSONValue.string)) }
        if !consumed.isEmpty { root["consumed"] = .array(consumed.map(JSONValue.string)) }
        guard let text = try? JSON.serialize(.object(root)) else { return [:] }
        return [Self.key: String(decoding: text, as: UTF8.self)]
    }
}
