import ModelCore
import Testing

@testable import GraphImport

/// State dicts find their network.
@Suite struct TorchMatchTests {
    typealias StateDict = [(name: String, source: WeightSource)]

    /// No element is ever read.
    private static func tensor(_ name: String, _ shape: [Int]) -> (name: String, source: WeightSource) {
        let source = WeightSource(dtype: .float32, shape: shape, origin: name) { _ throws(ModelError) in
            throw ModelError(Problem("test.read", "an element is read"))
        }
        return (name, source)
    }

    private static func stateDict(_ name: String, classes: Int, rename: (String) -> String = { $0 }) throws -> StateDict {
        let architecture = try #require(TorchCatalogue.all.first { $0.name == name })
        return architecture.sketch(classes: classes).tensors.map { tensor(rename($0.name), $0.shape) }
    }

    private static func problems(_ stateDict: StateDict, _ name: String) -> [Problem] {
        do throws(ModelError) {
            _ = try TorchCatalogue.match(stateDict: stateDict, name: name)
            return []
        } catch {
            return error.problems
        }
    }

    // MARK: Recognition

    @Test func noTwoNetworksHaveTheSameTensors() {
        var seen: [[String]: String] = [:]
        for architecture in TorchCatalogue.all {
            let sketch = architecture.sketch(classes: 10)
            let other = seen.updateValue(architecture.name, forKey: sketch.tensors.map { "\($0.name) \($0.shape)" }.sorted())
            #expect(other == nil, "\(architecture.name)")
        }
        #expect(Set(TorchCatalogue.names).count == 74)
    }

    @Test(
        "a network is found by names and shapes, with any number of classes",
        arguments: [
            ("vgg11_bn", 1000), ("resnet18", 10), ("resnext101_64x4d", 2), ("squeezenet1_0", 5), ("squeezenet1_1", 1), ("efficientnet_b1", 7),
            ("convnext_small", 1000), ("mobilenet_v3_large", 37), ("regnet_y_128gf", 3), ("resnet56", 10), ("inception_v3", 8),
        ])
    func recognition(_ name: String, _ classes: Int) throws {
        let match = try #require(TorchCatalogue.match(stateDict: try Self.stateDict(name, classes: classes)))
        #expect(match.name == name)
        #expect(match.classes == classes)
        #expect(match.network.name == name)
        let sketch = try #require(TorchCatalogue.all.first { $0.name == name }).sketch(classes: classes)
        #expect(match.network.weights.mapValues(\.source.shape) == Dictionary(uniqueKeysWithValues: sketch.tensors.map { ($0.name, $0.shape) }))
    }

    @Test(
        "what wrappers put before names is left out",
        arguments: [("", ""), ("module.", ""), ("backbone.", "backbone"), ("net.encoder.", "net.encoder"), ("model.module.", "model")])
    func prefixes(_ prefix: String, _ removed: String) throws {
        let match = try #require(TorchCatalogue.match(stateDict: try Self.stateDict("resnet18", classes: 10) { prefix + $0 }))
        #expect(match.title == "resnet18 of torchvision with 10 classes")
        #expect(match.remarks.contains("all names in the file begin with '\(removed).', which is left out") == !removed.isEmpty)
        #expect(match.network.weights["layer1.0.conv1.weight"]?.name == "layer1.0.conv1.weight")
    }

    /// As PyTorch's example for ImageNet saves AlexNet and VGG.
    @Test func aPartMayBeWrapped() throws {
        let dict = try Self.stateDict("alexnet", classes: 10) { $0.hasPrefix("features.") ? "features.module.\($0.dropFirst(9))" : $0 }
        #expect(TorchCatalogue.match(stateDict: dict)?.name == "alexnet")
    }

    @Test func theOldNamesOfDenseNetAreRead() throws {
        #expect(
            TorchDenseNet.current("features.denseblock1.denselayer2.norm.1.running_mean") == "features.denseblock1.denselayer2.norm1.running_mean")
        #expect(TorchDenseNet.current("features.denseblock1.denselayer2.conv.2.weight") == "features.denseblock1.denselayer2.conv2.weight")
        for name in ["features.norm.1.weight", "denselayer1.conv", "denselayer1.conv1.weight", "denselayer1.pool.1.weight", "denselayer1", ""] {
            #expect(TorchDenseNet.current(name) == name)
        }
        let old = try Self.stateDict("densenet121", classes: 1000) { name in
            var name = name
            for part in ["norm", "conv"] where name.contains("denselayer") {
                name = ["1", "2"].reduce(name) { $0.replacing("\(part)\($1).", with: "\(part).\($1).") }
            }
            return name
        }
        #expect(old.contains { $0.name.hasSuffix("denselayer1.norm.1.weight") })
        #expect(TorchCatalogue.match(stateDict: old)?.name == "densenet121")
    }

    @Test func countsOfBatchesAreNoWeights() throws {
        let dict = try Self.stateDict("resnet20", classes: 10) + [Self.tensor("bn1.num_batches_tracked", [])]
        let match = try #require(TorchCatalogue.match(stateDict: dict))
        #expect(match.title == "resnet20 of akamaster/pytorch_resnet_cifar10 with 10 classes")
        #expect(match.network.weights["bn1.num_batches_tracked"] == nil)
    }

    @Test func auxiliaryClassifiersAreLeftOut() throws {
        let plain = try Self.stateDict("googlenet", classes: 10)
        let both = plain + [Self.tensor("aux1.conv.conv.weight", [128, 512, 1, 1]), Self.tensor("aux2.fc2.bias", [10])]
        let remark = "aux1 and aux2 left out: auxiliary classifiers, which only training uses"
        #expect(TorchCatalogue.match(stateDict: plain)?.remarks.contains(remark) == false)
        let match = try #require(TorchCatalogue.match(stateDict: both))
        #expect(match.remarks.contains(remark))
        #expect(match.network.weights.count == plain.count)
    }

    @Test func whatIsKnownOfTheInputIsSaid() throws {
        func match(_ name: String) throws -> TorchMatch { try #require(TorchCatalogue.match(stateDict: try Self.stateDict(name, classes: 1000))) }
        let resnet = try match("resnet50")
        #expect(resnet.preprocessing == .torch)
        #expect(resnet.remarks == ["the published weights of resnet50 are for images of 224 by 224, other sizes are taken as well"])
        #expect(resnet.network.inputs.first?.sizes == [3, nil, nil])
        let shuffle = try match("shufflenet_v2_x0_5")
        #expect(shuffle.remarks == ["the published weights of shufflenet_v2_x0_5 are for images of 224 by 224, the only size that is taken here"])
        #expect(shuffle.network.inputs.first?.sizes == [3, 224, 224])
        #expect(try match("efficientnet_v2_l").preprocessing == .tf)
        for name in ["googlenet", "inception_v3"] {
            #expect(try match(name).preprocessing == nil)
            #expect(try match(name).remarks.contains(TorchInceptionV3.transformRemark))
        }
        #expect(try match("resnet110").remarks.count == 2)
    }

    // MARK: Refusal

    @Test func otherStateDictsAreOfNoNetwork() throws {
        #expect(TorchCatalogue.match(stateDict: []) == nil)
        #expect(TorchCatalogue.match(stateDict: [Self.tensor("weight", [1])]) == nil)
        #expect(TorchCatalogue.match(stateDict: [Self.tensor("", []), Self.tensor("fc.weight", [])]) == nil)
        #expect(TorchCatalogue.nearest(stateDict: [Self.tensor("weight", [1])]) == nil)
        let noClasses = try Self.stateDict("resnet18", classes: 1).map {
            $0.name.hasPrefix("fc.") ? Self.tensor($0.name, $0.source.shape.map { $0 == 1 ? 0 : $0 }) : $0
        }
        #expect(TorchCatalogue.match(stateDict: noClasses) == nil)
    }

    @Test func everyDifferenceIsReported() throws {
        var dict = try Self.stateDict("resnet18", classes: 10).filter { !$0.name.hasPrefix("layer1.0.bn1.") && $0.name != "fc.bias" }
        dict.append(Self.tensor("fc.extra", [10]))
        dict.append(Self.tensor("head.0.weight", [10, 512]))
        dict.append(Self.tensor("head.0.bias", [10]))
        dict[0] = Self.tensor("conv1.weight", [64, 1, 7, 7])
        #expect(TorchCatalogue.match(stateDict: dict) == nil)
        #expect(TorchCatalogue.nearest(stateDict: dict) == "resnet18")
        let problems = Self.problems(dict, "ResNet18")
        #expect(
            problems.map(\.message) == [
                "the file lacks 'weight', 'bias', 'running_mean', 'running_var' of 'layer1.0.bn1', which resnet18 has",
                "the file lacks 'bias' of 'fc', which resnet18 has",
                "'conv1.weight' of resnet18 has shape [64, 3, 7, 7], in the file [64, 1, 7, 7]",
                "the file holds 'extra' of 'fc', which resnet18 does not have",
                "the file holds 'weight', 'bias' of 'head.0', which resnet18 does not have",
            ])
        #expect(
            problems.map(\.code) == [
                "torch.missing-weight", "torch.missing-weight", "torch.weight-shape", "torch.extra-weight", "torch.extra-weight",
            ])
        #expect(problems.last?.location.path == "head.0.weight")
    }

    @Test func namesThatAreNotInTheCatalogueAreRefused() throws {
        let problems = Self.problems(try Self.stateDict("resnet18", classes: 10), "resnet51")
        #expect(problems.map(\.code) == ["torch.architecture-name"])
        #expect(problems.map(\.kind) == [.usage])
    }

    /// Names that wrappers would make the same stay as they are.
    @Test func namesStayApart() {
        let dict = TorchStateDict([Self.tensor("module.a.w", [1]), Self.tensor("a.w", [2])])
        #expect(dict.names == ["module.a.w", "a.w"])
        #expect(dict.prefix.isEmpty)
    }

    // MARK: ResNet for CIFAR-10

    /// As the origin counts them, in hundredths of a million.
    @Test(arguments: [("resnet20", 27), ("resnet32", 46), ("resnet44", 66), ("resnet56", 85), ("resnet110", 173), ("resnet1202", 1942)])
    func parametersForCIFAR(_ name: String, _ hundredths: Int) throws {
        let tensors = try #require(TorchCatalogue.all.first { $0.name == name }).sketch(classes: 10).tensors.filter { !$0.name.contains("running_") }
        let count = tensors.map { $0.shape.reduce(1, *) }.reduce(0, +)
        #expect((count + 5000) / 10000 == hundredths)
        #expect(tensors.last?.name == "linear.bias")
    }
}
