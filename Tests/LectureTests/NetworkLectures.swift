import ModelCore
import ModelGraph
import ReferenceEngine
import Testing

@Suite("Lectures: shapes, parameters and whole networks") struct NetworkLectures {
    @Test("activation maps: 32x32x3 image, six 5x5x3 filters")
    func activationMaps() throws {
        let graph = chain([nil, 32, 32, 3], [(convolution(), ["kernel": weight([5, 5, 3, 6], .hwio)])])
        #expect(try graph.inferShapes()["v1"] == [nil, 28, 28, 6])
    }

    @Test("feature map tensor: batch 64 of 256x256x3, 96 kernels of 5x5x3, stride 2 both ways, same padding")
    func featureMapTensor() throws {
        let layer = (convolution(strides: [2, 2], padding: .same), ["kernel": weight([5, 5, 3, 96], .hwio)])
        #expect(try chain([64, 256, 256, 3], [layer]).inferShapes()["v1"] == [64, 128, 128, 96])
    }

    @Test("parameters: 1000x1000 image to 10^6 hidden units")
    func parameters() throws {
        let image: Shape = [1, 1000, 1000, 1]
        let full = chain(image, [(Flatten(), [:]), (Dense(), ["kernel": unreadWeight([1_000_000, 1_000_000], .io)])])
        #expect(try full.summary().map(\.parameters) == [0, 1_000_000_000_000])
        #expect(try full.inferShapes()["v2"] == [1, 1_000_000])
        // Locally connected: every unit has a 10x10 patch and a filter of its own, which is a channel of its own.
        let local = chain([1, 10, 10, 1_000_000], [(convolution(groups: 1_000_000), ["kernel": unreadWeight([10, 10, 1, 1_000_000], .hwio)])])
        #expect(try local.summary().map(\.parameters) == [100_000_000])
        #expect(try local.inferShapes()["v1"] == [1, 1, 1, 1_000_000])
        let shared = chain(image, [(convolution(padding: .same), ["kernel": weight([10, 10, 1, 1], .hwio)])])
        #expect(try shared.summary().map(\.parameters) == [100])
        #expect(try shared.inferShapes()["v1"] == image)
    }

    @Test("receptive field of two layers of kernel 3, stride 1: 5")
    func receptiveField() throws {
        let layer = (operation: convolution() as any OperatorDefinition, weights: ["kernel": weight([3, 3, 1, 1], .hwio)])
        #expect(try chain([1, 9, 9, 1], [layer, layer]).summary().map(\.receptiveField) == [[3, 3], [5, 5]])
        // An element more on either side of those five changes nothing.
        let graph = chain([1, 9, 1, 1], [1, 2].map { _ in (convolution(), ["kernel": weight([3, 1, 1, 1], .hwio)]) })
        for cell in 0..<9 {
            let x = Tensor<Float>(shape: [1, 9, 1, 1]) { $0 == cell ? 1 : 0 }
            let y = try #require(Reference.run(graph, inputs: ["v0": x])["output"])
            #expect((y.scalars[2] != 0) == (2...6).contains(cell))
        }
    }

    @Test("fully connected: 32x32x3 stretched to 3072")
    func fullyConnected() throws {
        #expect(try evaluate(Flatten(), Tensor(repeating: 1, shape: [1, 32, 32, 3])).shape == [1, 3072])
    }

    @Test("pattern: [(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K, SOFTMAX", arguments: 1...2, 1...2)
    func pattern(n: Int, m: Int) throws {
        typealias Layer = (operation: any OperatorDefinition, weights: [String: Weight])
        let relu: Layer = (Activation(.relu), [:])
        var layers: [Layer] = []
        var channels = 3
        for _ in 0..<m {
            for _ in 0..<n {
                layers.append((convolution(padding: .same), ["kernel": weight([3, 3, channels, 4], .hwio), "bias": weight([4], .vector)]))
                layers.append(relu)
                channels = 4
            }
            layers.append((Pooling(kind: .maximum, layout: .nhwc, window: [2, 2], strides: [2, 2], padding: .valid), [:]))
        }
        layers.append((Flatten(), [:]))
        let side = 8 >> m
        layers.append((Dense(), ["kernel": weight([side * side * 4, 7], .io), "bias": weight([7], .vector)]))
        layers += [relu, (Dense(), ["kernel": weight([7, 5], .io)]), (Softmax(axes: [1]), [:])]
        let graph = chain([nil, 8, 8, 3], layers)

        let block = Array(repeating: ["convolution", "activation"], count: n).flatMap(\.self) + ["pooling"]
        let blocks = Array(repeating: block, count: m).flatMap(\.self)
        #expect(graph.nodes.map(\.operation.name) == blocks + ["flatten", "dense", "activation", "dense", "softmax"])
        let x = Tensor<Float>(shape: [2, 8, 8, 3]) { Float($0 * 29 % 31 - 15) / 16 }
        let y = try #require(Reference.run(graph, inputs: ["v0": x])["output"])
        #expect(y.shape == [2, 5])
        for sample in 0..<2 {
            let distribution = y.scalars[5 * sample..<5 * sample + 5]
            #expect(abs(distribution.reduce(0, +) - 1) < 1e-6)
            #expect(distribution.allSatisfy { $0 > 0 && $0 < 1 })
        }
        #expect(y.scalars[..<5] != y.scalars[5...])
    }

    @Test("nets that break the pattern: ResNet adds its input to what layers make of it")
    func resNet() throws {
        var graph = chain([nil, 4, 4, 2], [(convolution(padding: .same), ["kernel": weight([3, 3, 2, 2], .hwio)])])
        graph.nodes.append(Node(name: "sum", operation: Merge(.add).erased, inputs: ["v0", "v1"], output: "sum"))
        graph.outputs = [GraphOutput(name: "output", value: "sum")]
        let x = Tensor<Float>(shape: [1, 4, 4, 2]) { Float($0 % 5) }
        var branch: [Float] = []
        let outputs = try Reference.run(graph, inputs: ["v0": x]) { name, tensor throws(ModelError) in
            if name == "v1" { branch = tensor.scalars }
        }
        #expect(outputs["output"]?.scalars == zip(x.scalars, branch).map { $0 + $1 })
    }

    @Test("nets that break the pattern: GoogLeNet concatenates what windows of several sizes see")
    func googLeNet() throws {
        var graph = Graph(name: "inception", inputs: [GraphInput(name: "x", shape: [nil, 5, 5, 2])])
        for (index, size) in [1, 3, 5].enumerated() {
            graph.weights["k\(size)"] = weight([size, size, 2, index + 1], .hwio)
            graph.nodes.append(
                Node(
                    name: "conv\(size)", operation: convolution(padding: .same).erased, inputs: ["x"], output: "y\(size)",
                    weights: ["kernel": "k\(size)"]))
        }
        let pool = Pooling(kind: .maximum, layout: .nhwc, window: [3, 3], strides: [1, 1], padding: .same)
        graph.nodes.append(Node(name: "pool", operation: pool.erased, inputs: ["x"], output: "pooled"))
        graph.nodes.append(Node(name: "join", operation: Concatenate(axis: 3).erased, inputs: ["y1", "y3", "y5", "pooled"], output: "joined"))
        graph.outputs = [GraphOutput(name: "output", value: "joined")]
        #expect(try graph.inferShapes()["joined"] == [nil, 5, 5, 8])
        let x = Tensor<Float>(shape: [1, 5, 5, 2]) { Float($0) }
        let y = try #require(Reference.run(graph, inputs: ["x": x])["output"])
        // The greatest in the 3x3 window around the first element is the one at row 1, column 1.
        #expect(Array(y.scalars[6..<8]) == [12, 13])
    }

    @Test("the Keras model of the lectures, for input 28x28x1")
    func kerasModel() throws {
        typealias Layer = (operation: any OperatorDefinition, weights: [String: Weight])
        func conv(_ inputs: Int, _ outputs: Int, _ padding: Padding = .valid) -> [Layer] {
            let weights = ["kernel": weight([5, 5, inputs, outputs], .hwio), "bias": weight([outputs], .vector)]
            return [(convolution(padding: padding), weights), (Activation(.relu), [:])]
        }
        let pool: Layer = (Pooling(kind: .maximum, layout: .nhwc, window: [2, 2], strides: [2, 2], padding: .valid), [:])
        let head: [Layer] = [
            (Flatten(), [:]), (Dense(), ["kernel": weight([64, 1024], .io), "bias": weight([1024], .vector)]), (Activation(.relu), [:]),
            (Identity(), [:]), (Dense(), ["kernel": weight([1024, 10], .io), "bias": weight([10], .vector)]), (Softmax(axes: [1]), [:]),
        ]
        let graph = chain([nil, 28, 28, 1], conv(1, 32, .same) + [pool] + conv(32, 64) + conv(64, 128) + conv(128, 64) + [pool] + head)
        let summary = try graph.summary()
        let shapes = summary.filter { $0.parameters > 0 || $0.operation == "pooling" }.map(\.outputShape)
        #expect(
            shapes == [
                [nil, 28, 28, 32], [nil, 14, 14, 32], [nil, 10, 10, 64], [nil, 6, 6, 128], [nil, 2, 2, 64], [nil, 1, 1, 64], [nil, 1024], [nil, 10],
            ])
        #expect(summary.map(\.parameters).filter { $0 > 0 } == [832, 51_264, 204_928, 204_864, 66_560, 10_250])
    }
}
