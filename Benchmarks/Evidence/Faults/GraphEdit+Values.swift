import ModelCore
import ModelGraph
import Verification

extension GraphEdit {
    mutating func zeroBias() throws(ModelError) -> Bool {
        guard let bias = try values("bias"), bias.contains(where: { $0 != 0 }) else { return false }
        return try replace("bias", with: bias.map { _ in 0 })
    }

    mutating func removeBias() throws(ModelError) -> Bool {
        guard let bias = try values("bias"), bias.contains(where: { $0 != 0 }) else { return false }
        return removeWeight("bias")
    }

    mutating func scaleBias(_ random: inout RandomStream) throws(ModelError) -> Bool {
        guard let bias = try values("bias"), let factor = random.choice([Float(0.1), 0.5, 2, -1, 255]) else { return false }
        return try replace("bias", with: bias.map { $0 * factor })
    }

    mutating func moveOneWeight(_ random: inout RandomStream) throws(ModelError) -> Bool {
        let isUp = random.chance(2)
        return try changeOne(&random) { isUp ? $0.nextUp : $0.nextDown }
    }

    mutating func flipOneSign(_ random: inout RandomStream) throws(ModelError) -> Bool {
        // Of a negative variance there is no root, and such a file is refused as such.
        try changeOne(&random, except: "variance") { -$0 }
    }

    mutating func roundOneWeight(_ random: inout RandomStream) throws(ModelError) -> Bool {
        // Eleven bits, as a half has.
        try changeOne(&random) { value in
            let unit = value.ulp * 8192
            return (value / unit).rounded(.toNearestOrEven) * unit
        }
    }

    /// Another number in place of one that is not 0.
    private mutating func changeOne(
        _ random: inout RandomStream, except excluded: String? = nil, _ change: (Float) -> Float
    ) throws(ModelError) -> Bool {
        // Of a weight that is one number alone, all is changed.
        let roles = try roles().filter { $0 != excluded && (weight($0)?.weight.source.count ?? 0) > 1 }
        guard let role = random.choice(roles), var values = try values(role) else { return false }
        let candidates = values.indices.filter { values[$0] != 0 && change(values[$0]) != values[$0] }
        guard let index = random.choice(candidates) else { return false }
        values[index] = change(values[index])
        return try replace(role, with: values)
    }

    /// The kernel of another node of this operator and this shape.
    mutating func exchangeWeights(_ random: inout RandomStream) throws(ModelError) -> Bool {
        guard let mine = weight("kernel"), let bytes = try values("kernel") else { return false }
        let others = graph.nodes.indices.filter { other in
            guard let name = graph.nodes[other].weights["kernel"], name != mine.name, let weight = graph.weights[name] else { return false }
            return graph.nodes[other].operation.name == node.operation.name && weight.source.shape == mine.weight.source.shape
                && weight.layout == mine.weight.layout
        }
        guard let other = random.choice(others), let name = graph.nodes[other].weights["kernel"], let source = graph.weights[name]?.source,
            try source.tensor().scalars != bytes
        else { return false }
        exchangeNames("kernel", with: other)
        return true
    }

    /// What stands in one vector in place of what stands in another.
    mutating func exchange(_ first: String, _ second: String) throws(ModelError) -> Bool {
        guard let one = try values(first), let other = try values(second), one.count == other.count else { return false }
        let isChanged = try replace(first, with: other)
        return try replace(second, with: one) || isChanged
    }
}
