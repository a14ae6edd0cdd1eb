/// The mistakes that people and programs make when they move a network, by which a difference may be explained.
package enum Mistake: String, Sendable, Hashable, CaseIterable {
    /// Convolution for cross-correlation: the window's elements in reverse order.
    case kernelFlipped = "kernel-flipped"
    case kernelHeightWidthSwapped = "kernel-height-width-swapped"
    /// The elements of one layout read as those of another, OIHW as HWIO, or a matrix not transposed.
    case kernelAxesSwapped = "kernel-axes-swapped"
    /// BGR for RGB.
    case inputChannelsReversed = "input-channels-reversed"
    case inputChannelsPermuted = "input-channels-permuted"
    case channelsPermuted = "channels-permuted"
    /// Channels counted within groups first, groups second, or the other way round.
    case groupOrder = "group-order"
    /// Features flattened in the order C, H, W for H, W, C, or the other way round.
    case flattenOrder = "flatten-order"
    case paddingSide = "padding-side"
    case paddingAmount = "padding-amount"
    case stridesSwapped = "strides-swapped"
    case strides
    case dilationsSwapped = "dilations-swapped"
    case dilations
    case windowTurned = "window-turned"
    case window
    case epsilon
    /// The mean for the variance, or gamma for beta.
    case statisticsSwapped = "statistics-swapped"
    case biasMissing = "bias-missing"
    case biasScaled = "bias-scaled"
    case weightsScaled = "weights-scaled"
    case weightsChanged = "weights-changed"
    case activationVariant = "activation-variant"
    case slope
    case countIncludePadding = "count-include-padding"
    case ceilMode = "ceil-mode"
    case resizeCoordinates = "resize-coordinates"
    case poolingKind = "pooling-kind"
    case mergeKind = "merge-kind"
    case axis
    case groups
    case inputOrder = "input-order"
    case scaleOffset = "scale-offset"
    /// Another value is read.
    case connections
    case nodeMissing = "node-missing"
    case nodeExtra = "node-extra"
    /// Another operator, or an attribute with no mistake of its own.
    case operation = "operator"
}

/// Why two networks differ: the node, what was done wrong there, and what shows it.
package struct Diagnosis: Sendable, Hashable {
    package let node: String
    package let mistake: Mistake
    /// What was done, as a sentence without its full stop: `strides is [2, 1], not [1, 2]`.
    package let finding: String
    /// What shows that this is the reason: `undone, rho falls from 4e5 to 0.3`.
    package let evidence: String

    package init(node: String, mistake: Mistake, finding: String, evidence: String) {
        self.node = node
        self.mistake = mistake
        self.finding = finding
        self.evidence = evidence
    }
}
