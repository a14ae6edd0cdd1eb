import ModelCore
import Testing
import TorchFormat

/// Pickles that a hostile program made. Every refusal comes with the code that is expected; nothing is ever run.
@Suite struct PickleRefusalTests {
    private static func verdict(_ pickle: [UInt8]) -> [String] {
        codes { _ = try TorchFile(Pickle.archive(pickle)) }
    }

    private static func globals(_ names: String...) -> [(String, String)] {
        names.map { name in
            let dot = name.lastIndex(of: ".") ?? name.endIndex
            return (String(name[..<dot]), String(name[dot...].dropFirst()))
        }
    }

    static let waysToRun: [(String, String)] =
        globals(
            "os.system", "posix.system", "nt.system", "subprocess.Popen", "subprocess.check_output", "builtins.eval", "builtins.exec",
            "__builtin__.eval",
            "builtins.__import__", "builtins.open", "sys.exit", "runpy._run_code", "importlib.import_module", "socket.socket", "shutil.rmtree",
            "ctypes.CDLL", "pickle.loads", "marshal.loads", "webbrowser.open", "os.path.exists")
        + [("torch._utils", "os.system"), ("torch.serialization", "os.system"), ("numpy", "sys.modules")]

    @Test("a way to run something is refused by its name, called or not, alone or as luggage", arguments: waysToRun)
    func programs(module: String, name: String) throws {
        let global = Pickle.global(module, name)
        let stacked = Pickle.text(module) + Pickle.text(name) + [0x93]
        let memoized = Pickle.text(module) + [0x71, 0] + Pickle.text(name) + [0x71, 1, 0x30, 0x30, 0x68, 0, 0x68, 1, 0x93]
        for value in [
            Pickle.call(global, Pickle.text("touch exploited")), Pickle.call(stacked, Pickle.text("x")), Pickle.call(memoized, Pickle.text("x")),
            global,
            global + [0x29, 0x81], Pickle.dictionary(("w", Pickle.tensor()), ("x", global)),
            Pickle.call(Pickle.global("functools", "partial"), global),
            Pickle.call(Pickle.global("torch._tensor", "_rebuild_from_type_v2"), global, global, Pickle.tuple(Pickle.text("x")), [0x4E]),
        ] {
            do throws(ModelError) {
                _ = try TorchFile(Pickle.archive(Pickle.program(value)))
                Issue.record("accepted")
            } catch {
                #expect(error.problems.map(\.code) == ["torch.pickle-program"])
                #expect(error.problems[0].message.contains("'\(module).\(name)'"))
                #expect(error.problems[0].location.path == "a/data.pkl")
            }
        }
    }

    @Test("an unknown name is luggage beside tensors, and named where there is no tensor")
    func unknown() throws {
        let object = Pickle.call(Pickle.global("evil.module", "thing"), Pickle.text("x"))
        let checkpoint = try TorchFile(Pickle.archive(Pickle.program(Pickle.dictionary(("w", Pickle.tensor()), ("x", object))))).checkpoint()
        #expect(checkpoint.tensors.map(\.name) == ["w"])
        #expect(checkpoint.objects.map { "\($0.name): \($0.type)" } == ["x: evil.module.thing"])
        let problem = Problem(
            "torch.object", "the file holds no tensor, and objects of 'evil.module.thing', which only Python understands",
            at: Location(file: "test.pt", path: "x"))
        #expect(throws: ModelError(problem)) { try TorchFile(Pickle.archive(Pickle.program(Pickle.dictionary(("x", object))))) }
    }

    /// What an unknown class is made of or given afterwards is not looked at, and what it pretends to be neither.
    @Test(
        "luggage of whatever kind is no reason to refuse the tensors beside it",
        arguments: [
            Pickle.global("argparse", "Namespace") + [0x29, 0x81] + Pickle.dictionary(("lr", Pickle.integer(1))) + [0x62],
            Pickle.call(Pickle.global("numpy.core.multiarray", "scalar"), Pickle.text("f8"), Pickle.text("x")),
            Pickle.global("a", "B") + [0x29, 0x7D, 0x92], Pickle.global("a", "B"),
            Pickle.call(Pickle.call(Pickle.global("a", "b")), Pickle.integer(1)),
            Pickle.global("a", "List") + [0x29, 0x81] + [0x28] + Pickle.integer(1) + [0x65],
            Pickle.global("a", "Set") + [0x29, 0x81] + [0x28] + Pickle.integer(1) + [0x90],
            Pickle.call(Pickle.global("copy_reg", "_reconstructor"), Pickle.global("a", "B"), Pickle.global("__builtin__", "object"), [0x4E]),
            Pickle.orderedDictionary + Pickle.dictionary(("_metadata", [0x4E])) + [0x62],
            Pickle.call(Pickle.global("collections", "defaultdict"), Pickle.global("__builtin__", "list")),
            Pickle.call(Pickle.global("__builtin__", "set"), Pickle.list(Pickle.text("a"))), [0x8F, 0x28] + Pickle.integer(1) + [0x90],
            [0x28] + Pickle.integer(1) + [0x91], [0x8A, 20] + [UInt8](repeating: 0x7F, count: 20), [0x42, 3, 0, 0, 0, 1, 2, 3], [0x43, 2, 1, 2],
            [0x58, 2, 0, 0, 0, 0xED, 0xA0], Array("S'text'\nI42\n0L42L\n0F1.5\n0I01\n0".utf8), [0x47] + [UInt8](repeating: 0, count: 8),
        ])
    func luggage(object: [UInt8]) throws {
        let file = try TorchFile(Pickle.archive(Pickle.program(Pickle.dictionary(("x", object), ("w", Pickle.tensor())))))
        #expect(file.tensors.map(\.name) == ["w"])
    }

    static let lies: [(String, [UInt8])] = [
        ("torch.tensor-bounds", Pickle.tensor(shape: [5])), ("torch.tensor-bounds", Pickle.tensor(start: 3)),
        ("torch.tensor-shape", Pickle.tensor(start: -1)),
        ("torch.tensor-bounds", Pickle.tensor(start: .max - 4)), ("torch.tensor-shape", Pickle.tensor(start: .max, shape: [1])),
        ("torch.tensor-shape", Pickle.tensor(strides: [-1])), ("torch.tensor-bounds", Pickle.tensor(strides: [2])),
        ("torch.tensor-shape", Pickle.tensor(strides: [.max])), ("torch.tensor-shape", Pickle.tensor(strides: [.min])),
        ("torch.tensor-shape", Pickle.tensor(shape: [-4])), ("torch.tensor-shape", Pickle.tensor(shape: [.min])),
        ("torch.tensor-shape", Pickle.tensor(shape: [2], strides: [1, 1])),
        ("torch.tensor-shape", Pickle.tensor(shape: [1 << 62, 4], strides: [1, 1])),
        ("torch.tensor-shape", Pickle.tensor(shape: [1 << 62, 4, 0], strides: [1, 1, 1])),
        ("torch.tensor-size", Pickle.tensor(shape: [1 << 30, 1 << 29], strides: [0, 0])),
        ("torch.tensor-shape", Pickle.tensor(shape: Array(repeating: 1, count: 65), strides: Array(repeating: 1, count: 65))),
        ("torch.storage-size", Pickle.tensor(Pickle.storage(count: 1000))),
        ("torch.storage-size", Pickle.tensor(Pickle.storage(count: 3), shape: [3])),
        ("torch.storage-size", Pickle.tensor(Pickle.storage(type: "DoubleStorage"))), ("torch.storage-missing", Pickle.tensor(Pickle.storage("7"))),
        ("torch.storage", Pickle.tensor(Pickle.storage("../version"))), ("torch.storage", Pickle.tensor(Pickle.storage("a/b"))),
        ("torch.storage", Pickle.tensor(Pickle.storage(".."))), ("torch.storage", Pickle.tensor(Pickle.storage(""))),
        ("torch.storage", Pickle.tensor(Pickle.storage(count: -1))), ("torch.storage", Pickle.tensor(Pickle.storage(count: .max))),
        ("torch.element-type", Pickle.tensor(Pickle.storage(type: "QuantumStorage"))),
        ("torch.pickle-reference", Pickle.tensor(Pickle.storage(type: "Tensor"))),
        ("torch.tensor-kind", Pickle.tensor(by: "_rebuild_sparse_tensor")), ("torch.pickle-call", Pickle.tensor(by: "_rebuild_tensor_v3")),
        ("torch.pickle-call", Pickle.tensor([0x4E])), ("torch.pickle-call", Pickle.call(Pickle.global("torch._utils", "_rebuild_tensor_v2"))),
        ("torch.pickle-call", Pickle.call(Pickle.global("torch._utils", "_rebuild_parameter"), [0x4E])),
        ("torch.pickle-call", Pickle.call(Pickle.global("torch", "FloatStorage"), Pickle.integer(4))),
        ("torch.pickle-call", Pickle.call(Pickle.global("collections", "OrderedDict"), Pickle.integer(4))),
        ("torch.pickle-call", Pickle.call(Pickle.integer(1))), ("torch.pickle-call", Pickle.global("a", "b") + Pickle.integer(1) + [0x52]),
        ("torch.pickle-reference", Pickle.text("storage") + [0x51]), ("torch.pickle-reference", Pickle.tuple(Pickle.text("other"), [0x4E]) + [0x51]),
        ("torch.no-tensors", [0x7D]), ("torch.no-tensors", Pickle.storage()),
    ]

    @Test("tensors and storages that lie are refused", arguments: lies)
    func tensors(code: String, value: [UInt8]) {
        #expect(Self.verdict(Pickle.program(Pickle.dictionary(("w", value)))) == [code])
    }

    @Test("everything that is damaged is named at once")
    func atOnce() {
        let file = Pickle.dictionary(
            ("a", Pickle.tensor(shape: [5])), ("b", Pickle.tensor()), ("c", Pickle.tensor(Pickle.storage("8"))), ("d", Pickle.tensor(strides: [-1])),
            ("e", Pickle.tensor(Pickle.storage("9"))))
        do throws(ModelError) {
            _ = try TorchFile(Pickle.archive(Pickle.program(file)))
            Issue.record("accepted")
        } catch {
            let found = error.problems.map { "\($0.code) \($0.location.path ?? "") \($0.location.file ?? "")" }
            #expect(
                found == [
                    "torch.storage-missing a/data/8 test.pt", "torch.storage-missing a/data/9 test.pt", "torch.tensor-bounds a test.pt",
                    "torch.tensor-shape d test.pt",
                ])
        }
    }

    @Test("one storage of two types or sizes is refused")
    func twoTypes() {
        let other = [Pickle.storage(type: "IntStorage"), Pickle.storage(count: 2)]
        for storage in other {
            let file = Pickle.dictionary(("a", Pickle.tensor()), ("b", Pickle.tensor(storage, shape: [2])))
            #expect(Self.verdict(Pickle.program(file)) == ["torch.storage"])
        }
    }

    static let nonsense: [(String, [UInt8])] = [
        ("torch.truncated", []), ("torch.truncated", [0x80]), ("torch.truncated", [0x80, 2, 0x7D]), ("torch.pickle-stack", [0x80, 2, 0x2E]),
        ("torch.pickle-stack", [0x80, 2, 0x52]), ("torch.pickle-stack", [0x80, 2, 0x7D, 0x7D, 0x2E]), ("torch.pickle-stack", [0x80, 2, 0x28, 0x2E]),
        ("torch.pickle-stack", [0x74]), ("torch.pickle-stack", [0x28, 0x4E, 0x28, 0x52]), ("torch.pickle-stack", [0x7D, 0x28, 0x4E, 0x75]),
        ("torch.pickle-memo", [0x80, 2, 0x68, 5, 0x2E]), ("torch.pickle-memo", [0x80, 2, 0x4E, 0x72, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E]),
        ("torch.pickle-memo", Array("N0p-1\n.".utf8)), ("torch.pickle-memo", Array("Np-1\n.".utf8)), ("torch.pickle-memo", Array("gx\n.".utf8)),
        ("torch.pickle-opcode", [0x80, 2, 0xFF]), ("torch.pickle-protocol", [0x80, 99, 0x7D, 0x2E]),
        ("torch.pickle-protocol", [0x80, 6, 0x7D, 0x2E]),
        ("torch.trailing-bytes", Pickle.program(Pickle.dictionary(("w", Pickle.tensor()))) + [0x4E, 0x2E]),
        // Lengths.
        ("torch.truncated", [0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF]), ("torch.truncated", [0x8D] + [UInt8](repeating: 0xFF, count: 8)),
        ("torch.truncated", [0x8D] + [0, 0, 0, 0, 0, 0, 0, 0x7F]), ("torch.truncated", [0x96] + [UInt8](repeating: 0xFF, count: 8)),
        ("torch.truncated", [0x80, 2, 0x8B, 0xFF, 0xFF, 0xFF, 0x7F]), ("torch.truncated", [0x8B, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E]),
        ("torch.truncated", [0x54, 0xFF, 0xFF, 0xFF, 0xFF]), ("torch.truncated", [0x95] + [UInt8](repeating: 0xFF, count: 8)),
        ("torch.truncated", Array("cos".utf8)), ("torch.truncated", Array("I12".utf8)),
        // Instructions that PyTorch never writes.
        ("torch.pickle-opcode", Array("(ios\nsystem\n.".utf8)), ("torch.pickle-opcode", Array("(ca.x\nsystem\no.".utf8)),
        ("torch.pickle-opcode", Array("Px\n.".utf8)), ("torch.pickle-opcode", [0x82, 1, 0x2E]), ("torch.pickle-opcode", [0x83, 1, 0, 0x2E]),
        ("torch.pickle-opcode", [0x84, 1, 0, 0, 0, 0x2E]), ("torch.pickle-opcode", [0x97, 0x2E]), ("torch.pickle-opcode", [0x98, 0x2E]),
        // Changes of what cannot be changed.
        ("torch.pickle-target", [0x4E, 0x4E, 0x61]), ("torch.pickle-target", [0x29, 0x4E, 0x61]), ("torch.pickle-target", [0x5D, 0x4E, 0x4E, 0x73]),
        ("torch.pickle-target", [0x7D, 0x28, 0x4E, 0x65]), ("torch.pickle-target", [0x5D, 0x28, 0x4E, 0x90]),
        ("torch.pickle-target", [0x7D, 0x7D, 0x62]),
        ("torch.pickle-target", [0x4E, 0x7D, 0x62]), ("torch.pickle-target", [0x5D, 0x7D, 0x62]),
        ("torch.pickle-target", Pickle.storage() + [0x7D, 0x62]), ("torch.pickle-target", Pickle.global("a", "b") + [0x7D, 0x62]),
        // Texts and numbers.
        ("torch.pickle-value", Array("Sx\n.".utf8)), ("torch.pickle-value", Array("Ix\n.".utf8)), ("torch.pickle-value", Array("I\n.".utf8)),
        ("torch.pickle-value", Array("L-L\n.".utf8)), ("torch.pickle-value", Array("Fx\n.".utf8)), ("torch.pickle-value", [0x4E, 0x4E, 0x93]),
        ("torch.pickle-value", [0x63, 0xFF, 0x0A, 0x61, 0x0A]),
    ]

    @Test("programs that no pickler writes are refused", arguments: nonsense)
    func machine(code: String, pickle: [UInt8]) {
        #expect(Self.verdict(pickle) == [code])
    }

    // MARK: - Bombs

    @Test("what contains itself is refused")
    func cycles() {
        let list = Pickle.program([0x5D, 0x71, 0, 0x68, 0, 0x61])
        let dictionary = Pickle.program([0x7D, 0x71, 0] + Pickle.text("a") + [0x68, 0, 0x73])
        let through = Pickle.program([0x5D, 0x71, 0] + Pickle.dictionary(("a", [0x68, 0])) + [0x61])
        let module = Pickle.program(
            Pickle.global("a", "Net") + [0x29, 0x81, 0x71, 0]
                + Pickle.dictionary(("_parameters", Pickle.orderedDictionary), ("_modules", Pickle.dictionary(("x", [0x68, 0])))) + [0x62])
        for pickle in [list, dictionary, through, module] { #expect(Self.verdict(pickle) == ["torch.cycle"]) }
    }

    @Test("a million marks, and values that are nested or doubled without end, are refused")
    func bombs() {
        let tensor = Pickle.dictionary(("w", Pickle.tensor()))
        let bombs: [(String, [UInt8])] = [
            ("torch.pickle-size", [UInt8](repeating: 0x28, count: 1_000_000)),
            ("torch.pickle-size", [UInt8](repeating: 0x4E, count: 3_000_000)),
            ("torch.pickle-size", [UInt8](repeating: 0x29, count: 3_000_000)),
            ("torch.depth", tensor + [UInt8](repeating: 0x85, count: 200)),
            ("torch.depth", tensor + (0..<200).flatMap { _ in [0x32, 0x86] as [UInt8] }),
            ("torch.pickle-size", tensor + (0..<40).flatMap { _ in [0x32, 0x86] as [UInt8] }),
            ("torch.pickle-size", [0x29] + (0..<40).flatMap { _ in [0x32, 0x86] as [UInt8] }),
        ]
        for (code, bomb) in bombs { #expect(Self.verdict(Pickle.program(bomb)) == [code]) }
    }
}
