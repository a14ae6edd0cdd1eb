import Testing
import TorchFormat

@Suite struct StateDictKeysTests {
    /// Names of tensors, a slash between the keys, and those of the network.
    static let files: [([String], [String])] = [
        (["conv.weight", "fc.bias"], ["conv.weight", "fc.bias"]),
        (["module.conv.weight", "module.fc.bias"], ["conv.weight", "fc.bias"]),
        (["module._orig_mod.conv.weight"], ["conv.weight"]), (["module.conv.weight", "fc.bias"], ["module.conv.weight", "fc.bias"]),
        (["state_dict/module.conv.weight", "optimizer/state/0/exp_avg", "best"], ["conv.weight"]),
        (["model/conv.weight", "ema/conv.weight"], ["conv.weight"]), (["ema/conv.weight", "optimizer/state/0/exp_avg"], ["conv.weight"]),
        (["params_ema/conv.weight", "params/conv.weight"], ["conv.weight"]), (["model/state_dict/conv.weight"], ["conv.weight"]),
        (["net/conv.weight", "epoch"], ["conv.weight"]), (["checkpoint/conv.weight", "scheduler/x"], ["conv.weight"]),
        (["conv/weight", "conv/bias", "scale"], ["conv.weight", "conv.bias", "scale"]), (["0/weight"], ["weight"]), ([""], [""]), ([], []),
    ]

    @Test("the network's tensors are found by the keys that training programs use", arguments: files)
    func prefixes(paths: [String], expected: [String]) throws {
        let paths = paths.map { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
        let prefix = try StateDictKeys.entry(of: paths).prefix
        let chosen = paths.filter { $0.starts(with: prefix) }.map { $0.dropFirst(prefix.count).joined(separator: ".") }
        #expect(StateDictKeys.withoutWrappers(chosen) == expected)
    }

    static let ambiguous: [([[String]], [String])] = [
        ([["encoder", "weight"], ["decoder", "weight"], ["optimizer", "0"]], ["encoder", "decoder"]),
        ([["optim_a", "x"], ["optim_b", "x"]], ["optim_a", "optim_b"]),
    ]

    @Test("dictionaries of tensors of which each may be the network's are named", arguments: ambiguous)
    func ambiguities(paths: [[String]], expected: [String]) {
        do throws(StateDictKeys.Ambiguity) {
            Issue.record("\(try StateDictKeys.entry(of: paths))")
        } catch {
            #expect(error.keys == expected)
        }
    }
}

/// What checkpoints say besides.
@Suite struct CheckpointNameTests {
    @Test func theNameOfTheArchitectureIsFound() throws {
        let state = Pickle.dictionary(("w", Pickle.tensor()))
        let namespace =
            Pickle.global("argparse", "Namespace") + [0x29, 0x81] + Pickle.dictionary(("lr", Pickle.integer(1)), ("model", Pickle.text("c"))) + [0x62]
        let nested = Pickle.dictionary(("arch", Pickle.text("deep")))
        let file = Pickle.program(
            Pickle.dictionary(
                ("args", namespace), ("hparams", Pickle.dictionary(("model_name", Pickle.text("b")), ("x", nested))), ("arch", Pickle.text("a")),
                ("epoch", Pickle.integer(3)), ("model", Pickle.text("no name of a network")), ("state_dict", state)))
        let stated = try TorchFile(Pickle.archive(file)).checkpoint().stated
        #expect(stated.map(\.key) == ["arch", "args.model", "hparams.model_name"])
        #expect(stated.map(\.name) == ["a", "c", "b"])
    }

    @Test func entriesAreTakenByName() throws {
        func dict(_ name: String) -> [UInt8] { Pickle.dictionary((name, Pickle.tensor())) }
        let file = Pickle.program(
            Pickle.dictionary(("model", dict("a")), ("model_ema", dict("b")), ("optimizer", dict("c")), ("deep", Pickle.dictionary(("x", dict("d")))))
        )
        let checkpoint = try TorchFile(Pickle.archive(file)).checkpoint()
        let found = try checkpoint.stateDict()
        #expect(found.entry == "model")
        #expect(found.others == ["model_ema", "deep"])
        for (entry, name) in [("model_ema", "b"), ("deep.x", "d"), ("deep", "x.d"), ("optimizer", "c")] {
            #expect(try checkpoint.stateDict(entry: entry).tensors.map(\.name) == [name])
        }
        #expect(codes { _ = try checkpoint.stateDict(entry: "mod") } == ["torch.entry"])
    }

    /// A module of torch.fx is made by a function of its dictionary.
    @Test func modulesOfFXHaveTensors() throws {
        let attributes = Pickle.dictionary(
            ("_parameters", Pickle.dictionary(("w", Pickle.tensor()))), ("_buffers", Pickle.dictionary()), ("_modules", Pickle.dictionary()))
        let module = Pickle.call(Pickle.global("torch.fx.graph_module", "reduce_graph_module"), attributes, Pickle.text("import torch"))
        #expect(try TorchFile(Pickle.archive(Pickle.program(module))).tensors.map(\.name) == ["w"])
    }

    @Test func tensorsOfQuantisedNetworksAreOneProblem() throws {
        let quantised = Pickle.tensor(by: "_rebuild_qtensor")
        let file = Pickle.program(Pickle.dictionary(("a", quantised), ("b", quantised), ("c", Pickle.tensor())))
        let checkpoint = try TorchFile(Pickle.archive(file)).checkpoint()
        #expect(codes { _ = try checkpoint.stateDict() } == ["torch.quantised"])
    }
}
