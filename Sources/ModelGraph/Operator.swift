package import ModelCore

/// Every operator of the graph. A `switch` over it is how engines and passes are told when one is missing.
package enum Operator: Sendable, Hashable {
    case activation(Activation)
    case adaptivePooling(AdaptivePooling)
    case batchNormalization(BatchNormalization)
    case concatenate(Concatenate)
    case constant(Constant)
    case convolution(Convolution)
    case crop(Crop)
    case cumulativeSum(CumulativeSum)
    case dense(Dense)
    case dot(Dot)
    case embedding(Embedding)
    case flatten(Flatten)
    case flip(Flip)
    case foldBatch(FoldBatch)
    case gatedLinearUnit(GatedLinearUnit)
    case globalPooling(GlobalPooling)
    case groupNormalization(GroupNormalization)
    case identity(Identity)
    case locallyConnected(LocallyConnected)
    case matMul(MatMul)
    case merge(Merge)
    case pad(Pad)
    case pooling(Pooling)
    case prelu(PReLU)
    case reduce(Reduce)
    case rescaling(Rescaling)
    case reshape(Reshape)
    case resize(Resize)
    case rowNormalization(RowNormalization)
    indirect case sized(Sized)
    case softmax(Softmax)
    case standardization(Standardization)
    case transpose(Transpose)
    case transposedConvolution(TransposedConvolution)
    case unfoldBatch(UnfoldBatch)

    /// What the graph knows of it.
    package var definition: any OperatorDefinition {
        switch self {
        case .activation(let definition): definition
        case .adaptivePooling(let definition): definition
        case .batchNormalization(let definition): definition
        case .concatenate(let definition): definition
        case .constant(let definition): definition
        case .convolution(let definition): definition
        case .crop(let definition): definition
        case .cumulativeSum(let definition): definition
        case .dense(let definition): definition
        case .dot(let definition): definition
        case .embedding(let definition): definition
        case .flatten(let definition): definition
        case .flip(let definition): definition
        case .foldBatch(let definition): definition
        case .gatedLinearUnit(let definition): definition
        case .globalPooling(let definition): definition
        case .groupNormalization(let definition): definition
        case .identity(let definition): definition
        case .locallyConnected(let definition): definition
        case .matMul(let definition): definition
        case .merge(let definition): definition
        case .pad(let definition): definition
        case .pooling(let definition): definition
        case .prelu(let definition): definition
        case .reduce(let definition): definition
        case .rescaling(let definition): definition
        case .reshape(let definition): definition
        case .resize(let definition): definition
        case .rowNormalization(let definition): definition
        case .sized(let definition): definition
        case .softmax(let definition): definition
        case .standardization(let definition): definition
        case .transpose(let definition): definition
        case .transposedConvolution(let definition): definition
        case .unfoldBatch(let definition): definition
        }
    }

    /// The types behind the cases, by their name in files.
    package static let definitions: [String: any OperatorDefinition.Type] = {
        let types: [any OperatorDefinition.Type] = [
            Activation.self, AdaptivePooling.self, BatchNormalization.self, Concatenate.self, Constant.self, Convolution.self, Crop.self, Dense.self,
            CumulativeSum.self, Dot.self,
            Embedding.self, Flatten.self, Flip.self, FoldBatch.self, GatedLinearUnit.self, GlobalPooling.self, GroupNormalization.self, Identity.self,
            LocallyConnected.self, MatMul.self, Merge.self, Pad.self, Pooling.self, PReLU.self, Reduce.self, Rescaling.self, Reshape.self,
            Resize.self,
            RowNormalization.self, Sized.self, Softmax.self, Standardization.self, Transpose.self, TransposedConvolution.self, UnfoldBatch.self,
        ]
        return Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) })
    }()

    /// The name in files.
    package var name: String { type(of: definition).name }

    package var attributes: AttributeList {
        var list = AttributeList()
        definition.encode(into: &list)
        return list
    }

    /// The operator of this name with exactly these attributes.
    /// - Throws: `graph.operator` for an unknown name, `graph.attributes`.
    package init(name: String, attributes: AttributeList) throws(ModelError) {
        guard let type = Self.definitions[name] else {
            throw ModelError(Problem("graph.operator", "there is no operator '\(name)'", hint: "the file may be from a newer cnnconvert"))
        }
        var reader = AttributeReader(attributes, operatorName: name)
        let definition = try type.init(from: &reader)
        try reader.finish()
        self = definition.erased
    }
}
