import ModelCore
import Testing

@testable import ModelGraph

/// Holds the names in `spec/operators.md` against the code.
@Suite struct OperatorsDocumentTests {
    private let document: OperatorsDocument

    init() throws { document = try OperatorsDocument() }

    static let names = Operator.definitions.keys.sorted()

    @Test func everyOperatorHasOneHeadingInAlphabeticalOrder() {
        #expect(document.sections.map(\.name) == Self.names.map { "### `\($0)`" })
    }

    @Test func everyOperatorHasASpecimen() {
        #expect(Set(OperatorSpecimens.all.map(\.name)) == Set(Self.names))
    }

    /// The table of attributes has those that the specimens write, with their types, and no other.
    @Test(arguments: names) func attributesAreThoseOfTheCode(_ name: String) throws {
        var types: [String: String] = [:]
        for specimen in OperatorSpecimens.all where specimen.name == name {
            for entry in specimen.attributes.entries { types[entry.name] = entry.value.typeName }
        }
        let section = try document.section(name)
        for attribute in types.keys { #expect(section.names(attribute), "\(attribute) of \(name)") }
        // The constants of activation functions have a table of their own.
        if name == Activation.name { types = types.filter { $0.key == "function" } }
        // The others are those of the operator that it names.
        if name == Sized.name { types = types.filter { $0.key == "operator" } }
        let documented = section.table("attribute").map { [$0[0], $0[1]] }
        #expect(Set(documented) == Set(types.map { ["`\($0.key)`", $0.value] }), "attributes of \(name)")
        #expect(documented.count == types.count, "an attribute of \(name) has two rows")
    }

    @Test(arguments: names) func weightsAreThoseOfTheCode(_ name: String) throws {
        let definition = try #require(Operator.definitions[name])
        let table = try document.section(name).table("weight")
        #expect(table.map { $0[0] } == definition.weightRoles.map { "`\($0.name)`" }, "weights of \(name)")
        for (row, role) in zip(table, definition.weightRoles) {
            #expect(row[2].contains("MAY be absent") != role.isRequired, "\(role.name) of \(name)")
        }
    }

    @Test func activationFunctionsAreThoseOfTheCode() throws {
        let section = try document.section(Activation.name)
        let functions = OperatorSpecimens.activations
        #expect(section.words("function", column: 0) == functions.map { [$0.name] })
        #expect(section.words("function", column: 1).map(Set.init) == functions.map { Set($0.constants.map(\.name)) })
    }

    /// What a string among the attributes may be.
    @Test func choicesAreThoseOfTheCode() throws {
        func expect<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type, _ attribute: String, of name: String) throws
        where Choice.RawValue == String {
            let section = try document.section(name)
            let row = try #require(section.words("attribute", column: 0).firstIndex(of: [attribute]))
            #expect(section.words("attribute", column: 2)[row] == type.allCases.map(\.rawValue), "\(attribute) of \(name)")
        }
        try expect(PoolingKind.self, "kind", of: Pooling.name)
        try expect(PoolingKind.self, "kind", of: GlobalPooling.name)
        try expect(PoolingKind.self, "kind", of: AdaptivePooling.name)
        try expect(MergeKind.self, "kind", of: Merge.name)
        try expect(ReductionKind.self, "kind", of: Reduce.name)
        try expect(RowNormalizationKind.self, "kind", of: RowNormalization.name)
        try expect(SoftmaxKind.self, "kind", of: Softmax.name)
        try expect(PaddingMode.self, "mode", of: Pad.name)
    }
}

extension AttributeValue {
    /// The type's name in the specification.
    fileprivate var typeName: String {
        switch self {
        case .integer: "integer"
        case .integers: "integers"
        case .number: "number"
        case .numbers: "numbers"
        case .boolean: "boolean"
        case .string: "string"
        }
    }
}
