import ByteIO

/// The names of a version in the words of Keras 3, by `KerasVersionTable`.
///
/// Only names change here. Values whose meaning changed are read with the version in hand, where they are read.
enum KerasDialect {
    /// The class of an entry by its name in Keras 3. A Functional model of a class of the author's is one like any other: its file holds its layers.
    static func className(of entry: JSONValue, version: KerasVersion) -> String {
        if isFunctional(entry) { return "Functional" }
        let name = entry["class_name"]?.string?.split(separator: ">").last ?? ""
        return className(String(name), config: entry["config"]?.object ?? JSONObject(), version: version)
    }

    /// Whether an entry holds all that a Functional model consists of.
    static func isFunctional(_ entry: JSONValue) -> Bool {
        let config = entry["config"]?.object
        return ["layers", "input_layers", "output_layers"].allSatisfy { config?[$0] != nil }
            || ["Functional", "Model"].contains(entry["class_name"]?.string)
    }

    /// What an entry is registered as, or its name, where it is no class of Keras.
    static func customName(of entry: JSONValue) -> String? {
        guard let name = entry["registered_name"]?.string ?? entry["class_name"]?.string, !isFunctional(entry) else { return nil }
        // tf-keras registers a layer of its InceptionResNetV2 as users do.
        if name == "Custom>CustomScaleLayer" { return nil }
        if let package = name.split(separator: ">").dropLast().first { return isOfKeras(package) || package == "Keras" ? nil : name }
        // The module of a class that is neither Keras' own nor registered is null; files in HDF5 name none.
        switch entry["module"] {
        case .string(let module)?: return isOfKeras(module) ? nil : name
        case .null?: return entry["registered_name"]?.string
        default: return nil
        }
    }

    private static func isOfKeras(_ module: some StringProtocol) -> Bool {
        ["keras", "tf_keras", "tensorflow"].contains(module.prefix { $0 != "." })
    }

    /// The name in Keras 3 of a class, without the package that TensorFlow's versions put before it.
    static func className(_ name: String, config: JSONObject, version: KerasVersion) -> String {
        if name == "Merge", let mode = config["mode"]?.string { return KerasVersionTable.mergeModes[version][mode] ?? "Merge (\(mode))" }
        return KerasVersionTable.layerNames[version][name] ?? name
    }

    /// The configuration in the keys of Keras 3.
    static func config(_ config: JSONObject, className: String, version: KerasVersion) -> JSONObject {
        var result = JSONObject()
        let keys = KerasVersionTable.keys[version]
        let own = KerasVersionTable.keysOfLayers[version][className] ?? [:]
        for (key, value) in config {
            let name = own[key] ?? keys[key] ?? key
            // A setting that is there under both names keeps both.
            result[name == key || config[name] == nil && result[name] == nil ? name : key] = value
        }
        if result["kernel_size"] == nil {
            for names in KerasVersionTable.kernelSizes[version] {
                let values = names.compactMap { config[$0] }
                guard values.count == names.count else { continue }
                result["kernel_size"] = .array(values)
                for name in names { result[name] = nil }
            }
        }
        if let format = result["data_format"]?.string { result["data_format"] = .string(KerasVersionTable.dataFormats[version][format] ?? format) }
        return result
    }
}
