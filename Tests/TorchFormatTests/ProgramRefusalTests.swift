import Testing

/// Exported programs whose parts do not fit together.
@Suite struct ProgramRefusalTests {
    private static func program(
        graph: String = #"{"schema_version":{"major":8,"minor":9},"torch_version":"2.13.0"}"#, weights: String = list(),
        more: [(name: String, content: [UInt8])] = []
    ) -> [UInt8] {
        let entries = [
            ("p/models/model.json", Array(graph.utf8)), ("p/data/weights/model_weights_config.json", Array(weights.utf8)),
            ("p/data/weights/weight_0", [UInt8](repeating: 1, count: 16)),
        ]
        return Pickle.archive(entries + more)
    }

    private static func list(
        path: String = "weight_0", pickled: String = "false", type: Int = 7, sizes: String = #"[{"as_int":4}]"#, strides: String = #"[{"as_int":1}]"#,
        start: String = "0", layout: Int = 7
    ) -> String {
        let meta = #"{"dtype":\#(type),"sizes":\#(sizes),"strides":\#(strides),"storage_offset":{"as_int":\#(start)},"layout":\#(layout)}"#
        return #"{"config":{"w":{"path_name":"\#(path)","use_pickle":\#(pickled),"tensor_meta":\#(meta)}}}"#
    }

    static let odd: [Refusal] = [
        Refusal(nil, program()),
        Refusal(nil, program(weights: #"{"config":{}}"#)),
        Refusal("torch.schema-version", program(graph: #"{"schema_version":{"major":9,"minor":1}}"#)),
        Refusal("torch.schema-version", program(graph: #"{"schema_version":0}"#)),
        Refusal("torch.schema-version", program(graph: "{}")),
        Refusal("json.empty", program(graph: "")),
        Refusal("torch.several-programs", program(more: [("p/models/other.json", Array("{}".utf8))])),
        Refusal("torch.byte-order", program(more: [("p/byteorder", Array("big".utf8))])),
        Refusal("torch.payload", program(weights: "[]")),
        Refusal("torch.payload", program(weights: #"{"config":{"w":{}}}"#)),
        Refusal("torch.payload", program(weights: list(pickled: "true"))),
        Refusal("torch.payload", program(weights: list(layout: 0))),
        Refusal("torch.payload", program(weights: list(sizes: #"[{"as_expr":"s0"}]"#))),
        Refusal("torch.payload", program(weights: list(start: "1.0"))),
        Refusal("torch.storage-missing", program(weights: list(path: "weight_1"))),
        Refusal("torch.storage-missing", program(weights: list(path: "../../models/model.json"))),
        Refusal("torch.element-type", program(weights: list(type: 10))),
        Refusal("torch.element-type", program(weights: list(type: 999))),
        Refusal("torch.tensor-bounds", program(weights: list(sizes: #"[{"as_int":5}]"#))),
        Refusal("torch.tensor-bounds", program(weights: list(start: "1"))),
        Refusal("torch.tensor-bounds", program(weights: list(type: 8))),
        Refusal("torch.tensor-shape", program(weights: list(start: "-1"))),
        Refusal("torch.tensor-shape", program(weights: list(strides: #"[{"as_int":-1}]"#))),
        Refusal("torch.tensor-shape", program(weights: list(strides: "[]"))),
        Refusal("torch.tensor-shape", program(weights: list(strides: #"[{"as_int":9223372036854775807}]"#))),
    ]

    @Test("programs whose parts do not fit together are refused", arguments: odd)
    func refused(refusal: Refusal) {
        #expect(refusal.verdict == refusal.expected)
    }

    @Test("everything that is wrong with the weights is named at once")
    func atOnce() {
        let missing = #"{"path_name":"weight_9","use_pickle":false}"#
        let weights = #"{"config":{"a":\#(missing),"b":{},"c":\#(missing)}}"#
        let codes = Refusal(nil, Self.program(weights: weights)).verdict
        #expect(codes == ["torch.storage-missing", "torch.payload", "torch.storage-missing"])
    }
}
