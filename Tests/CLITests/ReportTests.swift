import Foundation
import ModelCore
import NumpyFormat
import TestSupport
import Testing

/// `verify --html` and `--json` as files and text.
@Suite struct ReportTests {
    private let tool: Tool
    private let folder: TemporaryFolder

    init() throws {
        tool = try Tool(["in.h5": lenet, "golden.npz": "keras/digits-lenet/golden.npz"])
        folder = tool.folder
        _ = try tool("in.h5", "model.cnnm", "--no-verify")
    }

    @Test("the page is written besides the text, with an element for each layer")
    func page() throws {
        let outcome = try tool("verify", "model.cnnm", "--golden", "golden.npz", "--html", "page.html")
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("rounding: "))
        let page = String(decoding: try #require(folder.read("page.html")), as: UTF8.self)
        #expect(page.components(separatedBy: "<g class=\"node ").count - 1 == 13)
        #expect(folder.names == ["golden.npz", "in.h5", "model.cnnm", "page.html"])
    }

    @Test("a difference from a recorded run is shown as images, named in JSON, and exits with 1")
    func difference() throws {
        let arrays = try NumpyArchive(path: folder("golden.npz"))
        var changed = try NumpyArchiveWriter(path: folder("changed.npz"))
        for name in arrays.names {
            guard var tensor = try arrays.array(named: name)?.floats() else { continue }
            if name == "activations/c3" { tensor[position: 7] += 1 }
            try changed.add(name, tensor)
        }
        try changed.commit()
        let outcome = try tool("verify", "model.cnnm", "--golden", "changed.npz", "--html", "page.html", "--json")
        #expect(outcome.status == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(object["first_different"] as? [String: String] == ["name": "c3", "run": "recorded"])
        let recorded = try #require(object["recorded"] as? [[String: Any]])
        let layer = try #require(recorded.first { $0["name"] as? String == "c3" })
        #expect((layer["worst"] as? [String: Any])?["index"] as? [Int] == [0, 0, 0, 7])
        let page = String(decoding: try #require(folder.read("page.html")), as: UTF8.self)
        // Six channels, ours, recorded, and the difference.
        #expect(page.components(separatedBy: "<img src=\"data:image/bmp;base64,").count - 1 == 18)
        #expect(page.contains("<h2>c3: ours and recorded, from the same inputs</h2>"))
    }

    @Test("README.md names every member of the JSON")
    func documentation() throws {
        let tool = try Tool(["in.h5": lenet, "other.h5": "keras/digits-residual/model.h5", "golden.npz": "keras/digits-lenet/golden.npz"])
        _ = try tool("in.h5", "model.cnnm", "--no-verify")
        let outcome = try tool("verify", "model.cnnm", "--golden", "golden.npz", "--against", "other.h5", "--json")
        #expect(outcome.status == 1)
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let readme = String(decoding: try Fixture.bytes("../README.md"), as: UTF8.self)
        let begin = try #require(readme.range(of: "## How to read the report"))
        let end = try #require(readme.range(of: "## Exit codes"))
        let names = Self.names(in: object)
        #expect(names.isSuperset(of: ["verdict", "worst", "bound", "code", "shape"]))
        for name in names.sorted() where !readme[begin.upperBound..<end.lowerBound].contains("`\(name)`") {
            Issue.record("README.md does not say what '\(name)' is")
        }
    }

    private static func names(in value: Any) -> Set<String> {
        switch value {
        case let object as [String: Any]: object.reduce(into: Set(object.keys)) { $0.formUnion(names(in: $1.value)) }
        case let array as [Any]: array.reduce(into: []) { $0.formUnion(names(in: $1)) }
        default: []
        }
    }

    @Test("a page that is one of the inputs is refused before any work", arguments: ["model.cnnm", "golden.npz", "in.h5"])
    func input(_ name: String) throws {
        let before = folder.read(name)
        let outcome = try tool("verify", "model.cnnm", "--against", "in.h5", "--golden", "golden.npz", "--html", name)
        #expect(
            outcome
                == .init(
                    status: 73,
                    error: "error[output.is-input]: the output is the same file as the input '\(name)'\n  --> \(name)\n  hint: choose another name\n")
        )
        #expect(folder.read(name) == before)
    }

    @Test("a page in a folder that is not there is refused before any work")
    func noFolder() throws {
        let outcome = try tool("verify", "nothing.cnnm", "--html", "nowhere/page.html")
        #expect(outcome.status == 73)
        #expect(outcome.error.hasPrefix("error[output.no-folder]: "))
    }

    @Test("where verification fails, the old page stays as it was")
    func failure() throws {
        let old = Array("old".utf8)
        _ = try folder.write(old, "page.html")
        _ = try folder.write(Array("no model".utf8), "bad.cnnm")
        #expect(try tool("verify", "bad.cnnm", "--html", "page.html").status == 65)
        #expect(folder.read("page.html") == old)
        #expect(folder.names == ["bad.cnnm", "golden.npz", "in.h5", "model.cnnm", "page.html"])
    }
}
