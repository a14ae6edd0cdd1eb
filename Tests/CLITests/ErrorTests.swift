import Foundation
import TestSupport
import Testing

/// Whole error messages, and the exit code of each class.
@Suite struct ErrorTests {
    struct Failure: CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        let text: String
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: String, _ status: Int32, _ text: String) {
            self.arguments = arguments.split(separator: " ").map(String.init)
            self.status = status
            self.text = text
        }
    }

    static let notThere = "error[file.not-found]: there is no such file\n  --> "
    static let pipe = "error[file.not-regular]: this is a FIFO, a device or a socket, a regular file was expected\n  --> "
    static let written = "  hint: write it to a file first and give that\n"
    static let unknown =
        "  hint: cnnconvert reads files of Keras (.h5, .keras, .weights.h5) and PyTorch (.pt, .pth, .pt2), .safetensors and .cnnm files\n"

    static let failures: [Failure] = [
        Failure("nothing.h5 out.cnnm", 66, notThere + "nothing.h5\n"),
        Failure("inspect nothing.h5", 66, notThere + "nothing.h5\n"),
        Failure("verify nothing.cnnm", 66, notThere + "nothing.cnnm\n"),
        Failure("benchmark nothing.cnnm", 66, notThere + "nothing.cnnm\n"),
        Failure("run nothing.cnnm --input x.npy --output y.npy", 66, notThere + "nothing.cnnm\n"),
        Failure("run good.cnnm --input nothing.npy --output y.npy", 66, notThere + "nothing.npy\n"),
        Failure(". out.cnnm", 66, "error[file.folder]: this is a folder, a file was expected\n  --> .\n"),
        Failure("fifo out.cnnm", 66, pipe + "fifo\n" + written),
        Failure("inspect fifo", 66, pipe + "fifo\n" + written),
        Failure("/dev/null out.cnnm", 66, pipe + "/dev/null\n" + written),
        Failure("empty.h5 out.cnnm", 65, "error[format.empty]: the file is empty\n  --> empty.h5\n"),
        Failure("text.h5 out.cnnm", 65, "error[format.unknown]: the file is of no format that cnnconvert knows\n  --> text.h5\n" + unknown),
        Failure(
            "x.npy out.cnnm", 65,
            "error[format.unsupported]: the file seems to be a NumPy array, which this version of cnnconvert does not read\n  --> x.npy\n" + unknown),
        Failure(
            "in.h5 out.xyz", 64,
            """
            error[convert.output-format]: the name of the output 'out.xyz' does not say what to write
              --> out.xyz
              hint: name it NAME.cnnm, NAME.h5, NAME.keras, NAME.weights.h5, NAME.pth or NAME.safetensors

            """),
        Failure(
            "unsupported.h5 out.cnnm", 65,
            """
            error[keras.unsupported-layer]: layer 'lambda_1' is a Lambda, whose Python code is never run, so that its meaning cannot be known
              --> unsupported.h5: /model_config/config/layers/2
              hint: replace it by a layer of Keras that does the same (Rescaling, Reshape, ...) and save the model again
            error[keras.unsupported-layer]: layer 'mine' is a 'MyLayer', which is no class of Keras: its code, the author's, is not in the file
              --> unsupported.h5: /model_config/config/layers/3
              hint: where a layer of Keras does the same at inference, write its class into the architecture, a text in JSON, and give that with --config
            error[keras.unsupported-layer]: layer 'lstm' is a LSTM, which is recurrent; cnnconvert converts feed-forward networks only
              --> unsupported.h5: /model_config/config/layers/4
              hint: convert the part before this layer

            """),
        Failure(
            "run good.cnnm --input vector.npy --output y.npy", 64,
            "error[run.input]: input 'image' has shape [3], the network needs [?, 8, 8, 1]\n"),
        Failure(
            "run good.cnnm --input no=x.npy --output y.npy", 64,
            """
            error[run.input]: the model has the inputs 'image' [?, 8, 8, 1]; the given arrays do not match them one to one
              hint: give a FILE.npy for each, in this order, or NAME=FILE.npy

            """),
        Failure(
            "run good.cnnm --input image=x.npy --input image=x.npy --output y.npy", 64,
            "error[run.input]: input 'image' is given twice\n  --> x.npy\n"),
        Failure(
            "run good.cnnm --input x.npy --output y.txt", 64,
            "error[run.output]: the output is named neither .npy nor .npz\n  --> y.txt\n  hint: name it NAME.npz\n"),
        Failure(
            "run good.cnnm --input good.cnnm --output y.npy", 65,
            "error[npy.magic]: this is not a .npy file: it does not begin with \\x93NUMPY\n  --> good.cnnm, byte 0\n"),
        Failure(
            "run in.h5 --input x.npy --output y.npy", 65,
            "error[cnnm.magic]: the file does not begin as a .cnnm file does\n  --> in.h5, byte 0\n"
                + "  hint: convert it first: cnnconvert INPUT NAME.cnnm\n"),
        Failure(
            "verify damaged.cnnm", 65,
            """
            error[cnnm.tensor-digest]: the bytes of the tensor 'b' have not the SHA-256 that the header gives for them
              --> damaged.cnnm: /tensors/1, byte 4160
              hint: the file is damaged; copy it again, or convert the original model again

            """),
        Failure(
            "damaged.cnnm out.cnnm", 65,
            """
            error[cnnm.tensor-digest]: the bytes of the tensor 'b' have not the SHA-256 that the header gives for them
              --> damaged.cnnm: /tensors/1, byte 4160
              hint: the file is damaged; copy it again, or convert the original model again

            """),
        Failure(
            "in.h5", 64,
            """
            error[usage]: Missing expected argument '<output>'
            Help:  <output>  The file to write: NAME.cnnm; NAME.h5, NAME.keras or NAME.weights.h5 for Keras; NAME.pth or NAME.safetensors, a state dict of PyTorch.
            Usage: cnnconvert convert <input> <output> [--config <config>] [--architecture <architecture>] [--entry <entry>] [--keep-unused] [--input-shape <[NAME=]1,3,224,224> ...] [--verify] [--no-verify] [--explain-layout] [--threads <threads>]
              See 'cnnconvert convert --help' for more information.

            """),
        Failure(
            "weights.h5 out.cnnm", 65,
            """
            error[keras.no-architecture]: holds weights only, and no architecture
              --> weights.h5
              hint: give the architecture with --config: the text of model.to_json(), a config.json, or a .keras or .cnnm file; \
            or with --architecture, if it is one that cnnconvert architectures lists

            """),
        Failure(
            "weights.h5 out.cnnm --architecture VGG16", 65,
            """
            error[keras.layer-count]: vgg16 has 16 layers with weights, the file has 12, none of the same name
              --> weights.h5

            """),
        Failure(
            "weights.h5 out.cnnm --architecture AlexNet", 64,
            """
            error[keras.architecture-name]: there is no architecture 'AlexNet' in the catalogue
              --> weights.h5
              hint: cnnconvert architectures lists the names

            """),
        Failure(
            "in.h5 out.cnnm --architecture VGG16", 64,
            """
            error[keras.architecture-twice]: the file has an architecture of its own
              --> in.h5
              hint: leave --architecture out

            """),
        Failure(
            "weights.h5 out.cnnm --architecture VGG16 --config in.h5", 64,
            "error[convert.config]: --config and --architecture both give an architecture\n  hint: leave one out\n"),
        Failure(
            "benchmark good.cnnm --runs 0", 64,
            """
            error[usage]: --runs takes a number from 1 to 1000000
            Usage: cnnconvert benchmark <model> [--runs <runs>] [--json] [--threads <threads>]
              See 'cnnconvert benchmark --help' for more information.

            """),
        Failure(
            "in.h5 out.cnnm --threads 0", 64,
            """
            error[usage]: --threads takes a number from 1 to 1024
            Usage: cnnconvert convert <input> <output> [--config <config>] [--architecture <architecture>] [--entry <entry>] [--keep-unused] [--input-shape <[NAME=]1,3,224,224> ...] [--verify] [--no-verify] [--explain-layout] [--threads <threads>]
              See 'cnnconvert convert --help' for more information.

            """),
    ]

    @Test("a failure is told in full, with its exit code, and writes nothing", arguments: failures)
    func failure(_ failure: Failure) throws {
        let tool = try Tool([
            "in.h5": lenet, "unsupported.h5": "hostile/keras/layers-three-unsupported.h5", "vector.npy": "numpy/vector.npy",
            "damaged.cnnm": "hostile/cnnm/tensor-digest.cnnm", "x.npy": "numpy/vector.npy",
            "weights.h5": "keras-files/digits-residual/weights-only.h5",
        ])
        _ = try tool("in.h5", "good.cnnm", "--no-verify")
        _ = try tool.folder.write([], "empty.h5")
        _ = try tool.folder.write(Array("no model at all".utf8), "text.h5")
        #expect(mkfifo(tool.folder("fifo"), 0o600) == 0)
        let before = tool.folder.names
        let outcome = try tool.shell("$cnnconvert " + failure.arguments.joined(separator: " "))
        #expect(outcome == .init(status: failure.status, error: failure.text))
        #expect(tool.folder.names == before)
    }

    @Test("input from a pipe is refused")
    func pipedInput() throws {
        let tool = try Tool(["in.h5": lenet])
        let outcome = try tool.shell("cat in.h5 | $cnnconvert /dev/stdin out.cnnm")
        #expect(outcome == .init(status: 66, error: Self.pipe + "/dev/stdin\n" + Self.written))
        #expect(tool.folder.names == ["in.h5"])
    }

    @Test("control characters of a file's names do not reach the terminal")
    func controlCharacters() throws {
        let tool = try Tool()
        _ = try tool.folder.write([1], "x\u{1B}[31m.h5")
        let outcome = try tool("x\u{1B}[31m.h5", "out.cnnm")
        #expect(outcome.status == 65)
        #expect(outcome.error.contains("x\u{FFFD}[31m.h5"))
        #expect(!outcome.error.unicodeScalars.contains("\u{1B}"))
    }
}
