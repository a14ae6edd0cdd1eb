import ModelCore
import Testing
import TorchFormat

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
        #expect(match.remarks.contains("the network's names in the file begin with '\(removed).', which is left out") == !removed.isEmpty)
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

    // MARK: What is beside the network

    @Test(
        "modules for training beside the network are left out by name",
        arguments: ["criterion.weight", "loss_fn.pos_weight", "train_metrics.0.total", "model_ema.decay", "teacher.conv1.weight", "ce_loss2.weight"])
    func whatIsForTrainingIsLeftOut(_ extra: String) throws {
        let module = String(extra.prefix { $0 != "." })
        for prefix in ["", "net."] {
            let dict = try Self.stateDict("resnet20", classes: 10) { prefix + $0 } + [Self.tensor(extra, [3])]
            let match = try #require(TorchCatalogue.match(stateDict: dict))
            #expect(match.name == "resnet20")
            #expect(match.remarks.contains("\(module) left out: beside the network, and by name only training uses it"))
            #expect(match.tensors.count == dict.count - 1)
        }
    }

    /// It may be a part of the network that a part of the file looks like.
    @Test(arguments: ["neck.conv.weight", "lossy.weight", "head.0.weight"])
    func whatIsOfNoKnownUseIsADifference(_ extra: String) throws {
        let dict = try Self.stateDict("resnet20", classes: 10) { "net." + $0 } + [Self.tensor(extra, [3])]
        #expect(TorchCatalogue.match(stateDict: dict) == nil)
        #expect(Self.problems(dict, "resnet20").map(\.code) == ["torch.extra-weight"])
    }

    @Test func anAverageOfTheWeightsComesLast() throws {
        let plain = try Self.stateDict("resnet20", classes: 10) { "model." + $0 }
        let average = try Self.stateDict("resnet20", classes: 10) { "ema_model." + $0 }
        for dict in [plain + average, average + plain] {
            let match = try #require(TorchCatalogue.match(stateDict: dict))
            #expect(
                match.remarks.contains("the file has tensors of the same names below 'ema_model' as well: those below 'model' were taken"))
            #expect(match.network.weights["conv1.weight"]?.source.origin == "model.conv1.weight")
        }
        #expect(TorchCatalogue.match(stateDict: average)?.name == "resnet20")
    }

    @Test(arguments: ["conv1.total_ops", "total_params", "n_averaged", "layer1.0.total_ops"])
    func countsAreNoWeights(_ name: String) throws {
        let dict = try Self.stateDict("resnet20", classes: 10) + [Self.tensor(name, [1])]
        #expect(TorchCatalogue.match(stateDict: dict)?.name == "resnet20")
        let weight = try Self.stateDict("resnet20", classes: 10) + [Self.tensor(name, [2])]
        #expect(TorchCatalogue.match(stateDict: weight) == nil)
    }

    @Test func anotherHeadIsOneDifference() throws {
        var dict = try Self.stateDict("resnet18", classes: 10).filter { !$0.name.hasPrefix("fc.") }
        dict += ["fc.0.weight", "fc.0.bias", "fc.2.weight", "fc.2.bias", "fc.3.bias"].map { Self.tensor($0, [7]) }
        #expect(
            Self.problems(dict, "resnet18").map(\.message) == [
                "the file is resnet18 but for its classifier 'fc': the file has 'fc.0.weight' [7], 'fc.0.bias' [7], 'fc.2.weight' [7], 'fc.2.bias' [7]"
                    + " and 1 more where resnet18 has 'fc.weight', 'fc.bias'"
            ])
        let none = try Self.stateDict("resnet18", classes: 10).filter { !$0.name.hasPrefix("fc.") }
        #expect(Self.problems(none, "resnet18").map(\.code) == ["torch.head"])
    }

    @Test func manyDifferencesAreFewLines() throws {
        let dict = try Self.stateDict("resnet101", classes: 10) { "a" + $0 }
        let problems = Self.problems(dict, "resnet101")
        #expect(problems.count <= 16)
        #expect(problems.first?.message == "the file lacks 'weight' of 'conv1', which resnet101 has")
        let other = Self.problems(try Self.stateDict("wide_resnet101_2", classes: 10), "resnet101")
        #expect(other.count == 8)
        #expect(other.last?.message.hasSuffix("more tensors have other shapes") == true)
    }

    // MARK: Twins

    @Test func networksWithTheSameTensorsAreListed() throws {
        func alike(_ name: String) throws -> [String] { try #require(TorchCatalogue.match(stateDict: try Self.stateDict(name, classes: 5))).alike }
        #expect(try alike("resnet50") == ["resnetaa50 of timm", "resnetblur50 of timm", "resnet50 with strides as in Caffe"])
        #expect(try alike("resnet18") == ["resnetblur18 of timm"])
        #expect(try alike("resnet101") == ["resnet101 with strides as in Caffe"])
        #expect(try alike("vgg11") == [])
    }

    @Test(
        "what a file says its network is called is obeyed",
        arguments: [
            ("arch", "resnet50", "resnet50", TorchStatedName.agrees), ("arch", "ResNet-50", "resnet50", .agrees), ("arch", "x", "resnet50", .agrees),
            ("arch", "timm/resnet50.a1_in1k", "resnet50", .agrees), ("arch", "torchvision.models.resnet50", "resnet50", .agrees),
            ("arch", "ResNet", "resnet50", .agrees), ("arch", "resnetaa50", "resnet50", .unknown), ("arch", "resnet50_caffe", "resnet50", .unknown),
            ("arch", "resnet34", "resnet50", .other("resnet34")), ("arch", "wide_resnet50_2", "resnet50", .other("wide_resnet50_2")),
            ("args.model", "resnetaa50.a1h_in1k", "resnet50", .unknown), ("args.model", "unet", "resnet50", .agrees),
            ("args.model", "resnet34", "resnet50", .other("resnet34")), ("model_name", "Net", "resnet50", .unknown),
        ])
    func statedNames(_ key: String, _ name: String, _ match: String, _ expected: TorchStatedName) {
        #expect(TorchStatedName(StatedArchitecture(key: key, name: name), for: match) == expected)
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
        #expect(TorchCatalogue.nearest(stateDict: dict)?.name == "resnet18")
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
