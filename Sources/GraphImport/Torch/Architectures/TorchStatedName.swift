package import TorchFormat

/// What the name that a file gives its network says about the network whose tensors it has.
package enum TorchStatedName: Sendable, Hashable {
    /// It is the network itself, or its family, or no name.
    case agrees
    /// It is another network of the catalogue.
    case other(String)
    /// It is a network that is not in the catalogue.
    case unknown

    /// - Parameter match: the network that has tensors of these names and shapes; `nil` where none has.
    package init(_ stated: StatedArchitecture, for match: String?) {
        let name = Self.plain(stated.name)
        // `arch` says nothing else; what a program calls its model may be anything.
        let isSure = !stated.key.contains(".")
        // One letter names no network.
        guard name.count > 1 else {
            self = .agrees
            return
        }
        if let match, Self.same(name, match) {
            self = .agrees
        } else if let other = TorchCatalogue.names.first(where: { Self.squeezed($0) == Self.squeezed(name) }) {
            self = .other(other)
        } else {
            self = isSure || TorchTwins.isKnown(name) ? .unknown : .agrees
        }
    }

    private static func same(_ name: String, _ match: String) -> Bool {
        if squeezed(name) == squeezed(match) { return true }
        // `ResNet`: the class, of which the network is one.
        return !name.contains(where: \.isNumber) && name.count > 2 && squeezed(match).hasPrefix(squeezed(name))
    }

    /// `resnet50` of `timm/resnet50.a1_in1k`, `torchvision.models.resnet50` and `ResNet-50`.
    private static func plain(_ name: String) -> String {
        let last = name.lowercased().split(separator: "/").last.map(String.init) ?? ""
        let parts = last.split(separator: ".").map { String($0).replacing("-", with: "_").replacing(" ", with: "_") }
        let known = parts.first { part in TorchCatalogue.names.contains { squeezed($0) == squeezed(part) } }
        return known ?? parts.first ?? ""
    }

    private static func squeezed(_ name: String) -> String { name.lowercased().replacing("_", with: "") }
}
