import ModelCore
import Testing

@testable import CNNConversion

/// Which elements of an activation are drawn.
@Suite struct ActivationPlanesTests {
    /// Ours counts; theirs is another number at some positions.
    private static func planes(_ shape: [Int], _ layout: DataLayout?, changed: [Int: Float]) -> ActivationPlanes? {
        let ours = Tensor<Float>(shape: shape, generating: { Float($0) })
        var theirs = ours
        for (position, value) in changed { theirs[position: position] = value }
        return ActivationPlanes(of: DifferingLayer(name: "layer", layout: layout, ours: ours, theirs: theirs, theirsName: "recorded"))
    }

    @Test func channelsLastAreTakenApart() throws {
        let planes = try #require(Self.planes([2, 2, 3, 4], .nhwc, changed: [24 + 5: -100]))
        #expect((planes.sample, planes.width, planes.height, planes.depth) == (1, 3, 2, nil))
        #expect(planes.planes.map(\.channel) == [0, 1, 2, 3])
        #expect(planes.planes[1].positions == [25, 29, 33, 37, 41, 45])
    }

    @Test func channelsFirstToo() throws {
        let planes = try #require(Self.planes([1, 4, 2, 3], .nchw, changed: [7: -100]))
        #expect((planes.width, planes.height) == (3, 2))
        #expect(planes.planes[1].positions == [6, 7, 8, 9, 10, 11])
    }

    @Test func theChannelsThatDifferMostAreShown() throws {
        let changed = Dictionary(uniqueKeysWithValues: [3, 50, 20, 63, 40, 11].map { ($0, Float(-1)) })
        let planes = try #require(Self.planes([1, 1, 1, 64], .nhwc, changed: changed))
        #expect(planes.planes.map(\.channel) == [3, 11, 20, 40, 50, 63])
    }

    @Test func ofAVolumeTheDepthThatDiffersMost() throws {
        let planes = try #require(Self.planes([1, 3, 2, 2, 2], .ndhwc, changed: [8 + 3: .nan]))
        #expect(planes.depth == 1)
        #expect(planes.planes.map(\.channel) == [0, 1])
        #expect(planes.planes[1].positions == [9, 11, 13, 15])
    }

    @Test func sequencesHaveARowForEachChannel() throws {
        let planes = try #require(Self.planes([1, 3, 2], .nwc, changed: [0: 5]))
        #expect((planes.width, planes.height) == (3, 2))
        #expect(planes.planes[0].positions == [0, 2, 4, 1, 3, 5])
    }

    @Test(arguments: [DataLayout?.some(.nc), nil]) func vectorsAreStrips(_ layout: DataLayout?) throws {
        let planes = try #require(Self.planes([3, 5], layout, changed: [7: 0]))
        #expect((planes.sample, planes.width, planes.height) == (1, 5, 1))
        #expect(planes.planes[0].positions == [5, 6, 7, 8, 9])
    }

    /// Of an image that is too large, what differs most is kept.
    @Test func largeImagesAreMadeSmallerAroundWhatDiffers() throws {
        let planes = try #require(Self.planes([1, 300, 250, 1], .nhwc, changed: [123 * 250 + 77: -1e6]))
        #expect((planes.width, planes.height) == (112, 112))
        #expect(planes.planes[0].positions.contains(123 * 250 + 77))
        #expect(Set(planes.planes[0].positions).count == 112 * 112)
        let strip = try #require(Self.planes([1, 5000], .nc, changed: [4321: -1e6]))
        #expect(strip.width == 448)
        #expect(strip.planes[0].positions.contains(4321))
    }

    @Test func otherShapesAndNothingAreNotDrawn() {
        let ours = Tensor<Float>(repeating: 0, shape: [1, 2])
        let theirs = Tensor<Float>(repeating: 0, shape: [2, 1])
        let layer = DifferingLayer(name: "layer", layout: .nc, ours: ours, theirs: theirs, theirsName: "recorded")
        #expect(ActivationPlanes(of: layer) == nil)
        #expect(ActivationImages(layer: layer).markup == "<p>The shapes [1, 2] and [2, 1] cannot be compared.</p>")
        #expect(Self.planes([0, 3], .nc, changed: [:]) == nil)
    }
}
