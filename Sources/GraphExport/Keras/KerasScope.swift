import ByteIO
import ModelCore

/// A model that is being filled, and what its values are.
struct KerasScope {
    var model: KerasDraftModel
    /// What stands before the names of its nodes: `trunk:1/`.
    let callPrefix: String
    /// What stands before the names of its weights: `trunk/`.
    private let weightPrefix: String
    private(set) var values: [String: KerasDraftReference] = [:]
    /// What our reader calls these values, and those inside nested models, within this model.
    private(set) var valueNames: [String: String] = [:]
    private var positions: [String: Int] = [:]
    /// Layers with variables by the first of these, for calls of one layer under names that do not tell.
    private var owners: [String: [Int]] = [:]

    init(name: String, callPrefix: String) {
        model = KerasDraftModel(name: name)
        self.callPrefix = callPrefix
        weightPrefix = KerasNames.withoutCalls(callPrefix)
    }

    mutating func addInput(_ value: String, name: String, shape: Shape, dtype: DType) {
        var layer = KerasDraftLayer(className: "InputLayer", name: "", config: ["dtype": .string(dtype.rawValue)], variables: [])
        layer.name = free(name)
        layer.calls = [KerasDraftCall(arguments: [], shape: shape, dtype: dtype)]
        positions[layer.name] = model.layers.count
        let reference = KerasDraftReference(layer: model.layers.count, call: 0)
        model.layers.append(layer)
        model.inputs.append(reference)
        setValue(value, to: reference)
    }

    /// Says which result a value is.
    /// - Parameter inside: the names of values within the model that the layer is.
    mutating func setValue(_ value: String, to reference: KerasDraftReference, inside: [String: String] = [:]) {
        values[value] = reference
        let name = model.layers[reference.layer].name + (reference.call == 0 ? "" : ":\(reference.call)")
        valueNames[value] = name
        for (value, local) in inside { valueNames[value] = "\(name)/\(local)" }
    }

    /// The name within this model of the layer that a node is a call of.
    func localName(_ name: String) -> String {
        KerasNames.withoutCalls(name.hasPrefix(callPrefix) ? String(name.dropFirst(callPrefix.count)) : name)
    }

    func localWeightOwner(_ name: String) -> String {
        name.hasPrefix(weightPrefix) ? String(name.dropFirst(weightPrefix.count)) : name
    }

    /// Adds a call, to a layer that is there and the same, or to a new one under the first name that is free.
    mutating func place(_ layer: KerasDraftLayer, _ names: [String], _ call: KerasDraftCall) -> KerasDraftReference {
        let key = layer.variables.first?.weight
        if let key, let index = owners[key]?.first(where: { model.layers[$0].isSame(as: layer) }) { return addCall(call, to: index) }
        let escaped = names.map(KerasNames.escaped)
        for name in escaped {
            guard let index = positions[name] else { return append(layer, name, key, call) }
            if key == nil, model.layers[index].isSame(as: layer) { return addCall(call, to: index) }
        }
        return append(layer, free(escaped.last ?? layer.className), key, call)
    }

    /// The name, or the first with a number that no layer has.
    private func free(_ name: String) -> String {
        guard positions[name] != nil else { return name }
        var number = 1
        while positions["\(name)_\(number)"] != nil { number += 1 }
        return "\(name)_\(number)"
    }

    private mutating func append(
        _ layer: KerasDraftLayer, _ name: String, _ key: String?, _ call: KerasDraftCall
    ) -> KerasDraftReference {
        var layer = layer
        layer.name = name
        if case .model(var model) = layer.inner {
            model.name = name
            layer.inner = .model(model)
        }
        layer.calls = [call]
        positions[name] = model.layers.count
        if let key { owners[key, default: []].append(model.layers.count) }
        model.layers.append(layer)
        return KerasDraftReference(layer: model.layers.count - 1, call: 0)
    }

    private mutating func addCall(_ call: KerasDraftCall, to index: Int) -> KerasDraftReference {
        model.layers[index].calls.append(call)
        return KerasDraftReference(layer: index, call: model.layers[index].calls.count - 1)
    }
}
