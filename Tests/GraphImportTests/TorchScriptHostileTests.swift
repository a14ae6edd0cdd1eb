import ByteIO
import GraphImport
import ModelCore
import TestSupport
import Testing
import TorchFormat
import ZIPArchive

/// Code that no tracing wrote. Whatever it is, it is refused, soon, and nothing runs.
@Suite struct TorchScriptHostileTests {
    private let script: TorchScript
    private let module: String

    init() throws {
        let file = try MappedFile(path: Fixture.path("torch-script/older/model.pt"))
        let script = try TorchScript.read(try ZIPReader(file, caseMatters: true))
        self.script = script
        let type = try #require(script.root.flatMap { script.objects[$0]?.type })
        module = String(type.dropLast(".Open".count))
    }

    private func codes(_ code: [UInt8]) -> [String] {
        var script = script
        script.code[module] = code
        do {
            _ = try TorchImporter.graph(from: try TorchNetwork(script))
            return []
        } catch {
            return Array(Set(error.problems.map(\.code))).sorted()
        }
    }

    /// A network whose `forward` has these lines.
    private func codes(lines: [String], methods: String = "") -> [String] {
        let body = lines.map { "    \($0)\n" }.joined()
        return codes(Array("class Open(Module):\n  def forward(self: X,\n    image: Tensor) -> Tensor:\n\(body)\(methods)".utf8))
    }

    @Test("the code of the fixture is converted") func untouched() throws {
        #expect(codes(try #require(script.code[module])) == [])
    }

    @Test(
        "syntax that tracing does not write is refused",
        arguments: [
            ("return torch.relu(image", "torch.script-syntax"), ("return torch.relu(image))", "torch.script-syntax"),
            ("return $", "torch.script-syntax"),
            ("return \"", "torch.script-syntax"), ("return 1e", "torch.script-syntax"), ("return lambda x: x", "torch.script-syntax"),
            ("return image + image", "torch.script-syntax"), ("return image[0:1]", "torch.script-syntax"),
            ("return [i for i in image]", "torch.script-syntax"),
            ("return {image: 1}", "torch.script-syntax"), ("self.x = image", "torch.script-syntax"), ("if True:", "torch.script-syntax"),
            ("while True:", "torch.script-syntax"), ("for x in image:", "torch.script-syntax"), ("elif True:", "torch.script-control-flow"),
            ("raise image", "torch.script-control-flow"), ("else:", "torch.script-control-flow"), ("import os", "torch.script-syntax"),
            ("return exec(\"1\")", "torch.script-reference"), ("return os.system(\"1\")", "torch.script-reference"),
            ("return self.nothing", "torch.script-reference"), ("return (self.head).nothing(image, )", "torch.script-reference"),
            ("return __torch__.nothing.f(image, )", "torch.script-reference"), ("return (image).forward(image, )", "torch.script-value"),
            ("return CONSTANTS.c9", "torch.script-reference"), ("return (self.head).forward()", "torch.script-value"),
            ("return (self.head).forward(image, image, )", "torch.script-value"), ("return torch.relu(self)", "torch.script-value"),
            ("return torch.relu(image, 1, 2)", "torch.script-value"), ("a, b, = 1", "torch.script-value"), ("a, b, = [1]", "torch.script-value"),
            ("a, b, = image", "torch.script-value"), ("return [image][7]", "torch.script-value"), ("return None", "torch.script-value"),
            ("return self", "torch.script-value"), ("return getattr(self, image)", "torch.script-value"),
            ("return undefined", "torch.script-reference"),
            ("return torch.frobnicate(image)", "torch.unsupported-function"), ("return ops.prim.frobnicate(image)", "torch.unsupported-function"),
            ("return torch.conv2d(image, image)", "torch.input"), ("return image", "torch.input"),
        ])
    func syntax(line: String, code: String) {
        #expect(codes(lines: [line]) == [code])
    }

    @Test(
        "conditions and loops whose way is not known are refused",
        arguments: [
            (["if image:", "  pass"], "torch.script-control-flow"), (["while torch.gt(image, 0):", "  pass"], "torch.script-control-flow"),
            (["for i in range(torch.len(image)):", "  pass"], "torch.script-control-flow"),
            (["if torch.eq(torch.size(image, 2), 3):", "  x = image", "else:", "  x = torch.relu(image)"], "torch.script-control-flow"),
            (["if True:", "  ops.prim.RaiseException(\"no\", \"E\")"], "torch.script-exception"),
            (["x = [image]", "y = x", "_0 = torch.append(x, image)"], "torch.script-value"),
            (["_0 = torch.append(image, image)"], "torch.script-value"), (["if True:", "    pass", "  pass"], "torch.script-syntax"),
            (["x = image", "  y = image"], "torch.script-syntax"), (["x : int"], "torch.script-syntax"),
            (["for i in range(9223372036854775807):", "  pass"], "torch.script-size"), (["while True:", "  pass"], "torch.script-size"),
            (["for i in range(1000000):", "  for j in range(1000000):", "    x = [i, j]"], "torch.script-size"),
        ])
    func ways(lines: [String], code: String) {
        #expect(codes(lines: lines + ["return image"]) == [code])
    }

    @Test("what is known is followed, and an error is gone past that cannot be known") func known() {
        let relu = "x = torch.relu((getattr(self.features, \"0\")).forward(image, ))"
        let lines = [
            relu, "a = [x]", "for i in range(2):", "  _0 = torch.append(a, torch.relu(a[i]))", "if torch.ne(torch.dim(x), 4):",
            "  ops.prim.RaiseException(\"no\", \"E\")", "  b = uninitialized(Tensor)", "else:", "  b : Tensor = a[2]",
            "if torch.eq(torch.size(x, 1), 4):", "  c = b", "else:", "  c = [image][7]", "d = 0", "go = True", "while go:",
            "  d = torch.add(d, 1)", "  go = torch.lt(d, 3)", "if torch.eq(torch.size(image, 2), 1):", "  ops.prim.RaiseException(\"no\", \"E\")",
            "else:", "  pass", "return torch.mul(c, d)",
        ]
        #expect(codes(lines: lines) == [])
    }

    @Test("every unsupported function is listed") func unsupported() {
        let lines = [
            "x = torch.relu((getattr(self.features, \"0\")).forward(image, ))", "y = torch.fft_fft(x)", "return torch.lstm(torch.frobnicate(y))",
        ]
        #expect(codes(lines: lines) == ["torch.unsupported-function"])
    }

    @Test("what nests, repeats or calls itself without end is refused") func endless() {
        let many = 20_000
        #expect(
            codes(lines: ["return " + String(repeating: "(", count: many) + "image" + String(repeating: ")", count: many)]) == ["torch.script-size"])
        #expect(codes(lines: ["return " + String(repeating: "[", count: many) + String(repeating: "]", count: many)]) == ["torch.script-size"])
        #expect(codes(lines: ["return image" + String(repeating: ".a", count: many)]) == ["torch.script-size"])
        #expect(codes(lines: ["return image" + String(repeating: "()", count: many)]) == ["torch.script-size"])
        #expect(codes(lines: ["return " + String(repeating: "-", count: many) + "1"]) == ["torch.script-syntax"])
        #expect(codes(lines: ["return (self).forward(image, )"]) == ["torch.script-size"])
        let methods = (0..<70).map {
            "  def f\($0)(self: X, x: Tensor) -> Tensor:\n    y = (self).f\($0 + 1)(x, )\n    return (self).f\($0 + 1)(y, )\n"
        }
        let last = "  def f70(self: X, x: Tensor) -> Tensor:\n    return torch.relu(x)\n"
        #expect(codes(lines: ["return (self).f0(image, )"], methods: methods.joined() + last) == ["torch.script-size"])
        #expect(codes(lines: ["a = [image, image]", "b = [a, a]", "c = [b, b]", "return c"]) == ["torch.script-size"])
        let deep = (0..<300).map { String(repeating: " ", count: $0) + "if True:" } + [String(repeating: " ", count: 300) + "pass"]
        #expect(codes(lines: deep) == ["torch.script-size"])
        let long = "a = [" + String(repeating: "1, ", count: many) + "]"
        #expect(codes(lines: [long] + (0..<200).map { "b\($0) = [a, a]" }) == ["torch.script-size"])
        #expect(codes(lines: Array(repeating: "image = torch.relu(image)", count: many) + ["return image"]) == ["torch.input"])
    }

    @Test("code that ends anywhere, or is changed anywhere, is no trap") func damage() throws {
        let code = try #require(script.code[module])
        for count in code.indices { _ = codes(Array(code[..<count])) }
        var random = SplitMix(seed: 1)
        let bytes = Array("()[]{},=.:\n \"0-ax\u{1}".utf8)
        for _ in 0..<500 {
            var damaged = code
            for _ in 0..<3 { damaged[Int(random.next() % UInt64(damaged.count))] = bytes[Int(random.next() % UInt64(bytes.count))] }
            _ = codes(damaged)
        }
    }
}
