internal import ByteIO
internal import ModelCore

/// One object of the header, read member by member. Every method throws `cnnm.header` with the member's JSON pointer.
struct Members {
    let object: JSONObject
    /// The array that the object is in, empty for the header itself.
    let section: String
    let index: Int?

    init(_ value: JSONValue, section: String = "", index: Int? = nil) throws(ModelError) {
        self.section = section
        self.index = index
        guard let object = value.object else {
            self.object = JSONObject()
            throw problem("", "is not an object")
        }
        self.object = object
    }

    func has(_ key: String) -> Bool { object[key] != nil }

    func value(_ key: String) throws(ModelError) -> JSONValue {
        guard let value = object[key] else { throw problem(key, "is missing") }
        return value
    }

    func string(_ key: String) throws(ModelError) -> String {
        guard let string = try value(key).string else { throw problem(key, "is not a string") }
        return string
    }

    func optionalString(_ key: String) throws(ModelError) -> String? {
        has(key) ? try string(key) : nil
    }

    /// - Throws: `cnnm.name` as well.
    func name(_ key: String) throws(ModelError) -> String {
        let name = try string(key)
        if let fault = FormatRules.fault(ofName: name) { throw problem(key, fault, code: "cnnm.name") }
        return name
    }

    /// - Throws: `cnnm.name` as well.
    func names(_ key: String) throws(ModelError) -> [String] {
        try elements(key, "strings", \.string) { FormatRules.fault(ofName: $0) }
    }

    func strings(_ key: String) throws(ModelError) -> [String] { try elements(key, "strings", \.string) }

    func integer(_ key: String) throws(ModelError) -> Int {
        guard let integer = try value(key).integer else { throw problem(key, "is not an integer") }
        return integer
    }

    func integers(_ key: String) throws(ModelError) -> [Int] { try elements(key, "integers", \.integer) }

    func numbers(_ key: String) throws(ModelError) -> [Double] { try elements(key, "numbers", \.double) }

    func shape(_ key: String) throws(ModelError) -> Shape {
        Shape(try elements(key, "integers and nulls") { $0.isNull ? Int?.none : $0.integer.map(Int?.some) })
    }

    func array(_ key: String) throws(ModelError) -> [JSONValue] {
        guard let array = try value(key).array else { throw problem(key, "is not an array") }
        return array
    }

    func object(_ key: String) throws(ModelError) -> JSONObject {
        guard let object = try value(key).object else { throw problem(key, "is not an object") }
        return object
    }

    /// One of the values of an enumeration of strings.
    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, as _: Choice.Type) throws(ModelError) -> Choice
    where Choice.RawValue == String {
        let text = try string(key)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem(key, "is \(text.excerpt), not one of \(known)")
        }
        return choice
    }

    func digest(_ key: String) throws(ModelError) -> Digest256 {
        guard let digest = Digest256(hexadecimal: try string(key)) else {
            throw problem(key, "is not a SHA-256 of 64 lower-case hexadecimal digits")
        }
        return digest
    }

    private func elements<Element>(
        _ key: String, _ what: String, _ convert: (JSONValue) -> Element?, fault: (Element) -> String? = { _ in nil }
    ) throws(ModelError) -> [Element] {
        var elements: [Element] = []
        let array = try array(key)
        elements.reserveCapacity(array.count)
        for (position, value) in array.enumerated() {
            guard let element = convert(value) else { throw problem(key, "is not an array of \(what): see element \(position)") }
            if let fault = fault(element) { throw problem("\(key)/\(position)", fault, code: "cnnm.name") }
            elements.append(element)
        }
        return elements
    }

    func problem(_ key: String, _ predicate: String, code: String = "cnnm.header", node: String? = nil) -> ModelError {
        let name = key.isEmpty ? (section.isEmpty ? "the header" : "element \(index ?? 0) of '\(section)'") : "member '\(key)'"
        return ModelError(Problem(code, "\(name) \(predicate)", at: Location(path: pointer(key), node: node), hint: wrongHeaderHint))
    }

    /// The JSON pointer (RFC 6901) of a member.
    func pointer(_ key: String) -> String {
        var pointer = ""
        if !section.isEmpty { pointer += "/" + section }
        if let index { pointer += "/\(index)" }
        if !key.isEmpty { pointer += "/" + key }
        return pointer
    }
}

/// What to do about a header that arrived as it was written and breaks the rules.
let wrongHeaderHint = "the file is not damaged: the program that wrote it did not follow the format"
