import ByteIO

/// Where files that name variables by class keep those of each layer: `layers/conv2d_1` for the second Conv2D of the model.
///
/// This is what `_walk_saveable` and `_save_container_state` of Keras' `saving_lib.py` come to for models whose architecture is in a file:
///
/// - A model's layers are in its list `layers`, in the order of its configuration. Each is named by its class in snake case; the second one
///   of a class within this list gets `_1`, the third `_2`. Layers without variables count, tensor operators (`keras.src.ops`) do not.
/// - A nested model is an object of the list, with a list `layers` of its own below it: `layers/sequential/layers/conv2d`.
/// - A wrapper has the layer that it wraps as its attribute `layer`: `layers/time_distributed/layer`.
/// - Keras 2.12 and 2.13 name the list `_layer_checkpoint_dependencies`, in which a layer with variables is twice: after the group
///   `conv2d` the next is `conv2d_2`. There the numbers in the file are taken as they come: the third Conv2D has the third lowest number.
struct KerasVariablePaths {
    /// The path of an object by its place in the configuration, a JSON pointer.
    private(set) var objects: [String: String] = [:]

    private static let layers = "layers"
    private static let checkpoints = "_layer_checkpoint_dependencies"

    /// - Parameters:
    ///   - configuration: a model's.
    ///   - pointer: where the configuration is.
    ///   - groups: the objects that the file has.
    init(_ configuration: JSONValue, pointer: String, groups: some Sequence<String>) {
        let children = Self.children(groups)
        let list = children[Self.checkpoints] == nil ? Self.layers : Self.checkpoints
        var pending: [(model: JSONValue, pointer: String, object: String)] = [(configuration, pointer, "")]
        while let (model, pointer, object) = pending.popLast() {
            let container = object.isEmpty ? list : "\(object)/\(list)"
            let isList = model["config"]?.array != nil
            var counts: [String: Int] = [:]
            for (index, entry) in (model["config"]?.array ?? model["config"]?["layers"]?.array ?? []).enumerated() {
                guard let className = Self.className(entry) else { continue }
                let name = Self.snakeCase(className)
                let position = counts[name, default: 0]
                counts[name] = position + 1
                let number = list == Self.layers ? position : Self.numbers(of: name, among: children[container] ?? []).dropFirst(position).first
                guard let number else { continue }
                var path = "\(container)/\(name)\(number == 0 ? "" : "_\(number)")"
                var place = isList ? "\(pointer)/config/\(index)" : "\(pointer)/config/layers/\(index)"
                var layer = entry
                objects[place] = path
                while let wrapped = layer["config"]?["layer"], wrapped["class_name"] != nil {
                    (layer, path, place) = (wrapped, path + "/layer", place + "/config/layer")
                    objects[place] = path
                }
                if Self.className(layer) == "Sequential" || KerasDialect.isFunctional(layer) { pending.append((layer, place, path)) }
            }
        }
    }

    /// The name of a layer's class; `nil` for operators, which are in the list of a configuration and not among a model's layers.
    private static func className(_ entry: JSONValue) -> String? {
        if let module = entry["module"]?.string, KerasOperation.isModule(module) { return nil }
        return entry["class_name"]?.string.map { String($0.split(separator: ">").last ?? "") }
    }

    /// The names of what is right below each path.
    private static func children(_ groups: some Sequence<String>) -> [String: Set<String>] {
        var children: [String: Set<String>] = [:]
        for group in groups {
            let parts = group.split(separator: "/").map(String.init)
            var parent = ""
            for part in parts {
                children[parent, default: []].insert(part)
                parent = parent.isEmpty ? part : "\(parent)/\(part)"
            }
        }
        return children
    }

    /// The numbers with which a class occurs, ascending; 0 for the name without one.
    private static func numbers(of name: String, among names: Set<String>) -> [Int] {
        names.compactMap { other in
            if other == name { return 0 }
            guard other.hasPrefix(name + "_"), let number = Int(other.dropFirst(name.count + 1)), number > 0 else { return nil }
            return number
        }.sorted()
    }

    /// The name of a class as `keras.src.utils.naming.to_snake_case` makes it: `p_re_lu` of `PReLU`.
    static func snakeCase(_ className: String) -> String {
        let letters = className.filter { $0 == "_" || $0.isLetter || $0.isNumber }.map(\.self)
        let isUpper = { (letter: Character) in ("A"..."Z").contains(letter) }
        let isLower = { (letter: Character) in ("a"..."z").contains(letter) }
        // (.)([A-Z][a-z]+) becomes \1_\2.
        var words: [Character] = []
        var position = 0
        while position < letters.count {
            words.append(letters[position])
            position += 1
            guard position + 1 < letters.count, isUpper(letters[position]), isLower(letters[position + 1]) else { continue }
            words += ["_", letters[position]]
            position += 1
            while position < letters.count, isLower(letters[position]) {
                words.append(letters[position])
                position += 1
            }
        }
        // ([a-z])([A-Z]) becomes \1_\2.
        var result = ""
        for (index, letter) in words.enumerated() {
            if index > 0, isUpper(letter), isLower(words[index - 1]) { result.append("_") }
            result.append(letter)
        }
        return result.lowercased()
    }
}
