import ByteIO
package import ModelCore

extension ModelVerification.Result {
    /// All that was found but for whole activations, as one JSON object. Numbers that are infinite or none are null.
    package func json() throws(ModelError) -> String {
        try JSON.text([
            "verdict": .string(verdict), "assumed_architecture": assumption?.json ?? .null, "rho": .finite(rho), "ulps": .finite(ulps),
            "model": .string(subject.model),
            "against": .optional(subject.source), "golden": .optional(subject.golden), "all": .bool(subject.checksAll),
            "inputs": .array(subject.inputs.map { ["name": .string($0.name), "shape": .integers($0.shape)] }),
            "first_different": firstDifferent.map { ["name": .string($0.layer.name), "run": .string($0.isRecorded ? "recorded" : "own")] } ?? .null,
            "nodes": .array(layers.map(\.json)), "recorded": .array(recorded.map(\.json)), "differences": .array(differences.map(\.json)),
            "remarks": .array(remarks.map(JSONValue.string)),
            "diagnosis": diagnosis?.json ?? .null,
        ])
    }
}

extension AssumedArchitecture {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "evidence": .string(evidence.rawValue), "alike": .array(alike.map(JSONValue.string)), "claim": .string(claim),
            "explanation": .string(explanation),
        ]
    }
}

extension ModelVerification.Layer {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "operator": .string(operation), "verdict": .string(verdict), "checked": .integer(checked),
            "count": .integer(count), "rho": .finite(rho), "ulps": .finite(ulps), "worst": worst?.json ?? .null,
        ]
    }
}

extension ModelVerification.Layer.Element {
    fileprivate var json: JSONValue {
        [
            "engine": .string(engine), "index": .integers(index), "got": .finite(got), "exact": .finite(exact), "bound": .finite(bound),
        ]
    }
}

extension ModelVerification.Diagnosis {
    fileprivate var json: JSONValue {
        ["node": .string(node), "mistake": .string(mistake), "finding": .string(finding), "evidence": .string(evidence)]
    }
}

extension Problem {
    fileprivate var json: JSONValue {
        [
            "code": .string(code), "message": .string(message), "node": .optional(location.node), "file": .optional(location.file),
            "path": .optional(location.path), "hint": .optional(hint),
        ]
    }
}

extension JSONValue {
    fileprivate static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
    fileprivate static func integers(_ values: [Int]) -> JSONValue { .array(values.map(JSONValue.integer)) }
}
