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
        let prefix = try StateDictKeys.prefix(of: paths)
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
            Issue.record("\(try StateDictKeys.prefix(of: paths))")
        } catch {
            #expect(error.keys == expected)
        }
    }
}
