import Foundation
import TestSupport
import Testing

/// What commands print when all is well.
@Suite struct SuccessTests {
    private let tool: Tool

    init() throws {
        tool = try Tool(["in.h5": lenet])
    }

    @Test("a conversion says what it read, what it wrote, and the verdict")
    func conversion() throws {
        let outcome = try tool("in.h5", "out.cnnm")
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        #expect(
            outcome.timeless == """
                read     in.h5: Keras 3.15.1 (tensorflow), HDF5, 64.5 KiB
                wrote    out.cnnm: 13 layers, 3,446 parameters, 21.5 KiB, in T s
                verified rounding: 8 weights equal bit for bit; largest difference R of what rounding allows

                """)
        #expect(tool.folder.names == ["in.h5", "out.cnnm"])
    }

    @Test("architectures lists names, one a line")
    func architectures() throws {
        let names = try tool("architectures").output.split(separator: "\n")
        #expect(names.count == 114)
        #expect(names.first == "ConvNeXtBase")
        #expect(names[39] == "Xception")
        #expect(names.last == "vgg19_bn")
    }

    @Test("sizes that are open are said, and stay so unless they are given")
    func openSizes() throws {
        let tool = try Tool(["in.pt": "torch-script/older/model.pt"])
        let outcome = try tool("in.pt", "out.cnnm")
        #expect(outcome.output.hasSuffix("\ntried    input 'image', whose sizes are open, with [2, 37, 41, 3]\n"))
        #expect(try tool("inspect", "out.cnnm").output.contains("input  image [?, ?, ?, 3] float32 (nhwc)\n"))
        let given = try tool("in.pt", "given.cnnm", "--input-shape", "1,3,20,30")
        #expect(given.status == 0)
        #expect(!given.output.contains("tried"))
        #expect(try tool("inspect", "given.cnnm").output.contains("input  image [?, 20, 30, 3] float32 (nhwc)\n"))
        #expect(try tool("inspect", "in.pt", "--input-shape", "image=1,3,20,30").output.contains("[?, 20, 30, 3]"))
        #expect(try tool("verify", "given.cnnm", "--against", "in.pt", "--input-shape", "1,3,20,30").status == 0)
        for shape in ["1,4,20,30", "1,3,20", "other=1,3,20,30", "1,3,x"] {
            let refused = try tool("in.pt", "other.cnnm", "--input-shape", shape)
            #expect(refused.status == 64)
            #expect(refused.error.contains("[convert.input-shape]"))
        }
        #expect(tool.folder.names == ["given.cnnm", "in.pt", "out.cnnm"])
    }

    @Test("--no-verify writes the same file and says that it was not verified")
    func withoutVerification() throws {
        #expect(try tool("convert", "in.h5", "verified.cnnm").status == 0)
        let outcome = try tool("in.h5", "out.cnnm", "--no-verify")
        #expect(outcome.output.hasSuffix("\nverified no (--no-verify)\n"))
        #expect(tool.folder.read("out.cnnm") == tool.folder.read("verified.cnnm"))
    }

    @Test("inspect shows a source and its conversion alike")
    func inspection() throws {
        _ = try tool("in.h5", "out.cnnm")
        let table = """
            input  image [?, 8, 8, 1] float32 (nhwc)
            output digit [?, 10] float32 (nc)

            layer           operator     output         parameters  multiply-adds  receptive field
            scale           rescaling    [?, 8, 8, 1]            0             64                1
            c1/convolution  convolution  [?, 8, 8, 6]          156          9,600            5 x 5
            c1              activation   [?, 8, 8, 6]            0              0            5 x 5
            s2              pooling      [?, 4, 4, 6]            0            384            6 x 6
            c3/convolution  convolution  [?, 4, 4, 16]         880         13,824          10 x 10
            c3              activation   [?, 4, 4, 16]           0              0          10 x 10
            s4              pooling      [?, 2, 2, 16]           0            256          12 x 12
            flatten         flatten      [?, 64]                 0              0  all
            f5/dense        dense        [?, 32]             2,080          2,048  all
            f5              activation   [?, 32]                 0              0  all
            dropout         identity     [?, 32]                 0              0  all
            digit/dense     dense        [?, 10]               330            320  all
            digit           softmax      [?, 10]                 0              0  all

            """
        #expect(try tool("inspect", "out.cnnm") == .init(output: "out.cnnm: cnnm, 3,446 parameters\n" + table))
        #expect(try tool("inspect", "in.h5").output == "in.h5: Keras 3.15.1 (tensorflow), HDF5, 3,446 parameters\n" + table)
    }

    @Test("inspect --json has every member that is promised")
    func inspectionJSON() throws {
        _ = try tool("in.h5", "out.cnnm")
        for file in ["in.h5", "out.cnnm"] {
            let object = try tool.json("inspect", file, "--json")
            #expect(
                Set(object.keys) == [
                    "format", "inputs", "outputs", "layers", "tensors", "luggage", "parameters", "preprocessing", "metadata", "problems",
                ])
            #expect(object["parameters"] as? Int == 3446)
            #expect((object["problems"] as? [Any])?.isEmpty == true)
            let input = try #require((object["inputs"] as? [[String: Any]])?.first)
            #expect(input["name"] as? String == "image")
            #expect(input["layout"] as? String == "nhwc")
            #expect(input["dtype"] as? String == "float32")
            #expect((input["shape"] as? [Any])?.map { $0 as? Int } == [nil, 8, 8, 1])
            let layers = try #require(object["layers"] as? [[String: Any]])
            #expect(layers.count == 13)
            #expect(Set(layers[1].keys) == ["name", "operator", "output_shape", "parameters", "multiply_adds", "receptive_field"])
            #expect(layers[1]["receptive_field"] as? [Int] == [5, 5])
            #expect(layers[12]["receptive_field"] is NSNull)
            let tensors = try #require(object["tensors"] as? [[String: Any]])
            #expect(tensors.map { $0["shape"] as? [Int] }.first == [5, 5, 1, 6])
        }
    }

    @Test("inspect lists the tensors of a file of PyTorch")
    func inspectionOfPyTorch() throws {
        let tool = try Tool(["old.tar": "torch/oldest.tar", "net.pth": "torch/checkpoint.pt", "kinds.pt": "torch/other-kinds-legacy.pt"])
        let text = """
            old.tar: PyTorch (before 0.1.10), 8 parameters

            tensor  shape   type
            weight  [3, 2]  float32
            bias    [2]     float32

            in the way of a conversion:
              [torch.no-architecture] the file has weights and no architecture, and they are those of no network in the catalogue

            """
        #expect(try tool("inspect", "old.tar") == .init(output: text))
        let object = try tool.json("inspect", "net.pth", "--json")
        #expect(object["format"] as? String == "PyTorch (ZIP)")
        #expect((object["tensors"] as? [Any])?.count == 19)
        let luggage = try #require(object["luggage"] as? [[String: String]])
        #expect(luggage.first == ["name": "args", "type": "argparse.Namespace"])
        #expect(try tool("inspect", "net.pth").output.contains("\n\nnot read:\n  args, an object of argparse.Namespace\n"))
        let problems = try #require(try tool.json("inspect", "kinds.pt", "--json")["problems"] as? [[String: String]])
        #expect(problems.map { $0["code"] } == ["torch.element-type"])
        let error = "error[torch.no-architecture]: the file has weights and no architecture, and they are those of no network in the catalogue\n"
        #expect(try tool("net.pth", "out.cnnm").error.hasPrefix(error))
    }

    @Test("inspect lists what stands in the way of a conversion, and the weights as they are")
    func inspectionOfTheUnsupported() throws {
        let tool = try Tool(["in.h5": "hostile/keras/layers-three-unsupported.h5"])
        let text = """
            in.h5: Keras 2.15.0 (tensorflow), HDF5, 112 parameters

            tensor              shape         type
            conv/conv/kernel:0  [3, 3, 3, 4]  float32
            conv/conv/bias:0    [4]           float32

            in the way of a conversion:
              [keras.unsupported-layer] layer 'lambda_1' is a Lambda, whose Python code is never run, so that its meaning cannot be known
              [keras.unsupported-layer] layer 'mine' is a 'MyLayer', which is no class of Keras: its code, the author's, is not in the file
              [keras.unsupported-layer] layer 'lstm' is a LSTM, which is recurrent; cnnconvert converts feed-forward networks only

            """
        #expect(try tool("inspect", "in.h5") == .init(output: text))
        let object = try tool.json("inspect", "in.h5", "--json")
        #expect((object["layers"] as? [Any])?.isEmpty == true)
        #expect((object["problems"] as? [[String: String]])?.map { $0["code"] } == Array(repeating: "keras.unsupported-layer", count: 3))
    }

    @Test("verify has a line for every layer, and compares with the source")
    func verification() throws {
        _ = try tool("in.h5", "out.cnnm")
        let outcome = try tool("verify", "out.cnnm", "--against", "in.h5", "--all")
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("rounding: the largest difference is 0."))
        #expect(outcome.output.split(separator: "\n").count == 1 + 5 + 1 + 13)
        #expect(!outcome.output.contains("\u{1B}"))
        let object = try tool.json("verify", "out.cnnm", "--json")
        #expect(
            Set(object.keys).isSuperset(of: [
                "verdict", "rho", "ulps", "model", "against", "golden", "all", "inputs", "first_different", "nodes", "recorded", "differences",
            ]))
        let nodes = try #require(object["nodes"] as? [[String: Any]])
        #expect(nodes.count == 13)
        #expect(Set(nodes[0].keys) == ["name", "operator", "verdict", "checked", "count", "rho", "ulps", "worst"])
        #expect(try #require(object["rho"] as? Double) <= 1)
    }

    @Test("verify exits with 1 where the file is another network than the source")
    func difference() throws {
        let tool = try Tool(["in.h5": lenet, "other.h5": "keras/digits-residual/model.h5"])
        _ = try tool("in.h5", "out.cnnm")
        let outcome = try tool("verify", "out.cnnm", "--against", "other.h5")
        #expect(outcome.status == 1)
        #expect(
            outcome.output.hasPrefix(
                "different: rounding does not explain the difference\n  layer 'c1/convolution': the other model has no such layer (convolution) (node-extra)\n"
            ))
        #expect(outcome.output.contains("\n  [verify.structure] layer 'c1/convolution': the other model has no such layer (convolution)\n"))
        #expect(try tool("verify", "out.cnnm", "--against", "other.h5", "--json").status == 1)
    }

    @Test("verify --golden holds every layer that Keras recorded against the network", arguments: ["digits-lenet", "digits-residual"])
    func golden(_ name: String) throws {
        let tool = try Tool(["in.h5": "keras/\(name)/model.h5", "golden.npz": "keras/\(name)/golden.npz"])
        _ = try tool("in.h5", "out.cnnm")
        let outcome = try tool("verify", "out.cnnm", "--golden", "golden.npz")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("\nthe framework's own run:\n"))
    }

    @Test("benchmark prints times and memory")
    func benchmark() throws {
        _ = try tool("in.h5", "out.cnnm")
        let outcome = try tool("benchmark", "out.cnnm", "--runs", "3", "--threads", "1")
        #expect(outcome.timeless == "load T ms, run T ms (median of 3, least T), 1 threads, peak memory N\n")
        let object = try tool.json("benchmark", "out.cnnm", "--runs", "3", "--json")
        #expect(Set(object.keys) == ["load_ms", "median_ms", "min_ms", "threads", "runs", "peak_bytes"])
        #expect(object["runs"] as? Int == 3)
    }

    @Test("a .cnnm is converted into the very same file")
    func again() throws {
        _ = try tool("in.h5", "out.cnnm")
        #expect(try tool("out.cnnm", "again.cnnm").status == 0)
        #expect(tool.folder.read("again.cnnm") == tool.folder.read("out.cnnm"))
    }

    @Test("--version and --help are answers and no errors", arguments: ["--version", "--help"])
    func answers(_ option: String) throws {
        let outcome = try tool(option)
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        #expect(!outcome.output.isEmpty)
    }

    @Test("a reader that goes away early is no error", arguments: ["inspect in.h5", "--help", "in.h5 out.cnnm"])
    func closedPipe(_ arguments: String) throws {
        let outcome = try tool.shell("{ $cnnconvert \(arguments); echo $? >status; } | head -1 >/dev/null")
        #expect(outcome.error == "")
        #expect(tool.folder.read("status") == Array("0\n".utf8))
    }

    @Test("there is no progress bar in a pipe")
    func progress() throws {
        let outcome = try tool.shell("$cnnconvert in.h5 out.cnnm 2>&1 >/dev/null | cat")
        #expect(outcome == .init())
    }
}
