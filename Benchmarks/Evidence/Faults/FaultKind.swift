import ModelCore
import ModelGraph
import Verification

/// A mistake of a converter, as it is planted in one node.
enum FaultKind: String, Sendable, CaseIterable {
    case kernelFlipped = "kernel flipped on both axes"
    case kernelTurned = "height and width of a kernel swapped"
    case kernelReinterpreted = "OIHW data read as HWIO"
    case kernelTransposed = "input and output axes of a kernel swapped"
    case denseReinterpreted = "dense kernel read with its axes swapped"
    case inputReversed = "BGR input"
    case channelsSwapped = "two output channels swapped"
    case deadChannelsSwapped = "two dead channels swapped"
    case groupOrder = "group order"
    case flattenOrder = "flatten order"
    case biasZeroed = "bias zeroed"
    case biasRemoved = "bias removed"
    case biasScaled = "bias scaled"
    case oneUlp = "one weight off by one ulp"
    case signFlipped = "one sign flipped"
    case roundedToHalf = "one weight rounded to half"
    case weightsExchanged = "weights of two layers exchanged"
    case statisticsSwapped = "mean and variance swapped"
    case scaleAndShiftSwapped = "gamma and beta swapped"
    case epsilon = "epsilon of the other framework"
    case paddingSide = "padding on the other side"
    case paddingAmount = "padding amount"
    case stridesSwapped = "strides swapped"
    case dilationsSwapped = "dilations swapped"
    case windowTurned = "pool window turned"
    case countIncludesPadding = "count-include-padding"
    case poolingKind = "maximum for average pooling"
    case activationLimit = "relu for relu6, or reversed"
    case geluVariant = "GELU exact for tanh, or reversed"
    case hardVersion = "hard-sigmoid or hard-swish of another version"
    case activationKind = "another activation of the family"
    case slope = "slope of leaky relu"
    case alpha = "alpha of ELU"
    case resizeCoordinates = "align-corners or half-pixel"
    case softmaxAxis = "axis of softmax"
    case concatenationOrder = "inputs of a concatenation swapped"
    case operandOrder = "operands of a difference swapped"
    case scale = "scale of the input"
    case offset = "offset of the input"

    /// What kinds have in common, for a shorter table.
    enum Family: String, CaseIterable {
        case kernels = "axes of kernels"
        case order = "order of channels, groups, features, layers"
        case biases = "biases"
        case oneWeight = "one weight"
        case statistics = "normalisation"
        case windows = "padding, strides, dilations, windows"
        case pooling = "kinds of pooling"
        case activations = "activations"
        case coordinates = "coordinates and axes"
        case operands = "order of inputs"
        case pixels = "scaling of the input"
    }

    var family: Family {
        switch self {
        case .kernelFlipped, .kernelTurned, .kernelReinterpreted, .kernelTransposed, .denseReinterpreted: .kernels
        case .inputReversed, .channelsSwapped, .deadChannelsSwapped, .groupOrder, .flattenOrder, .weightsExchanged: .order
        case .biasZeroed, .biasRemoved, .biasScaled: .biases
        case .oneUlp, .signFlipped, .roundedToHalf: .oneWeight
        case .statisticsSwapped, .scaleAndShiftSwapped, .epsilon: .statistics
        case .paddingSide, .paddingAmount, .stridesSwapped, .dilationsSwapped, .windowTurned: .windows
        case .countIncludesPadding, .poolingKind: .pooling
        case .activationLimit, .geluVariant, .hardVersion, .activationKind, .slope, .alpha: .activations
        case .resizeCoordinates, .softmaxAxis: .coordinates
        case .concatenationOrder, .operandOrder: .operands
        case .scale, .offset: .pixels
        }
    }

    /// The diagnoses that are right. More than one where a fault is, in this very place, also what another name says.
    var mistakes: Set<String> {
        switch self {
        case .kernelFlipped: ["kernel-flipped"]
        case .kernelTurned: ["kernel-height-width-swapped"]
        case .kernelReinterpreted, .kernelTransposed, .denseReinterpreted: ["kernel-axes-swapped"]
        case .inputReversed: ["input-channels-reversed"]
        case .channelsSwapped, .deadChannelsSwapped: ["channels-permuted"]
        case .groupOrder: ["group-order"]
        case .flattenOrder: ["flatten-order"]
        case .biasZeroed, .biasRemoved: ["bias-missing"]
        case .biasScaled: ["bias-scaled"]
        case .oneUlp, .signFlipped, .roundedToHalf, .weightsExchanged: ["weights-changed"]
        case .statisticsSwapped, .scaleAndShiftSwapped: ["statistics-swapped"]
        case .epsilon: ["epsilon"]
        case .paddingSide: ["padding-side"]
        case .paddingAmount: ["padding-amount"]
        case .stridesSwapped: ["strides-swapped"]
        case .dilationsSwapped: ["dilations-swapped"]
        case .windowTurned: ["window-turned"]
        case .countIncludesPadding: ["count-include-padding"]
        case .poolingKind: ["pooling-kind"]
        case .activationLimit, .geluVariant, .hardVersion, .activationKind: ["activation-variant"]
        case .slope: ["slope"]
        // A constant of the formula is a slope below zero as well as a variant of the function.
        case .alpha: ["slope", "activation-variant"]
        case .resizeCoordinates: ["resize-coordinates"]
        case .softmaxAxis: ["axis"]
        case .concatenationOrder, .operandOrder: ["input-order"]
        case .scale, .offset: ["scale-offset"]
        }
    }

    /// The network with this mistake in one node; `nil` where it cannot be made there, or would change nothing.
    func plant(in subject: Subject, at position: Int, random: inout RandomStream) throws(ModelError) -> Graph? {
        var edit = GraphEdit(subject, at: position)
        let isChanged: Bool
        switch self {
        case .kernelFlipped: isChanged = try edit.flipKernel()
        case .kernelTurned: isChanged = try edit.turnKernel()
        case .kernelReinterpreted: isChanged = try edit.reinterpretKernel()
        case .kernelTransposed: isChanged = try edit.transposeKernel()
        case .denseReinterpreted: isChanged = try edit.reinterpretDense()
        case .inputReversed: isChanged = try edit.reverseInput()
        case .channelsSwapped: isChanged = try edit.swapChannels(&random)
        case .deadChannelsSwapped: isChanged = try edit.swapDeadChannels(&random)
        case .groupOrder: isChanged = try edit.reorderGroups()
        case .flattenOrder: isChanged = try edit.reorderRows(&random)
        case .biasZeroed: isChanged = try edit.zeroBias()
        case .biasRemoved: isChanged = try edit.removeBias()
        case .biasScaled: isChanged = try edit.scaleBias(&random)
        case .oneUlp: isChanged = try edit.moveOneWeight(&random)
        case .signFlipped: isChanged = try edit.flipOneSign(&random)
        case .roundedToHalf: isChanged = try edit.roundOneWeight(&random)
        case .weightsExchanged: isChanged = try edit.exchangeWeights(&random)
        case .statisticsSwapped: isChanged = try edit.exchange("mean", "variance")
        case .scaleAndShiftSwapped: isChanged = try edit.exchange("gamma", "beta")
        case .epsilon: isChanged = edit.changeEpsilon()
        case .paddingSide: isChanged = edit.movePadding(&random)
        case .paddingAmount: isChanged = edit.changePadding(&random)
        case .stridesSwapped: isChanged = edit.swapStrides()
        case .dilationsSwapped: isChanged = edit.swapDilations()
        case .windowTurned: isChanged = edit.turnWindow()
        case .countIncludesPadding: isChanged = edit.countPaddingOtherwise()
        case .poolingKind: isChanged = edit.poolOtherwise()
        case .activationLimit: isChanged = edit.changeLimit()
        case .geluVariant: isChanged = edit.changeGELU()
        case .hardVersion: isChanged = edit.changeHardVersion()
        case .activationKind: isChanged = edit.changeActivation()
        case .slope: isChanged = edit.changeSlope(&random)
        case .alpha: isChanged = edit.changeAlpha(&random)
        case .resizeCoordinates: isChanged = edit.changeCoordinates(&random)
        case .softmaxAxis: isChanged = edit.changeAxis(&random)
        case .concatenationOrder: isChanged = edit.swapConcatenated(&random)
        case .operandOrder: isChanged = edit.swapOperands()
        case .scale: isChanged = edit.changeScale(&random)
        case .offset: isChanged = edit.changeOffset(&random)
        }
        return isChanged && subject.accepts(edit.graph) ? edit.graph : nil
    }
}
