import ByteIO

/// The names of a version in the words of Keras 3, by `KerasVersionTable`.
///
/// Only names change here. Values whose meaning changed are read with the version in hand, where they are read.
enum KerasDialect {
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
            result[own[key] ?? keys[key] ?? key] = value
        }
        if result["kernel_size"] == nil {
            for names in KerasVersionTable.kernelSizes[version] {
                let values = names.compactMap { config[$0] }
                if values.count == names.count { result["kernel_size"] = .array(values) }
            }
        }
        if let format = result["data_format"]?.string { result["data_format"] = .string(KerasVersionTable.dataFormats[version][format] ?? format) }
        return result
    }
}
