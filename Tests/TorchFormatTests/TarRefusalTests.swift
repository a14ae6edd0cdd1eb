import Testing

/// Files of before PyTorch 0.1.10 whose parts do not fit together.
@Suite struct TarRefusalTests {
    private static let numbers = [UInt8](repeating: 1, count: 16)
    private static let count = Pickle.program(Pickle.integer(1))
    private static let endless = Pickle.program(Pickle.integer(.max))

    /// The storage `1` of four numbers.
    private static let storages: [UInt8] = {
        let head = Pickle.tuple(Pickle.text("1"), Pickle.text("cpu"), Pickle.global("torch", "FloatStorage"))
        return count + Pickle.program(head) + Pickle.little(UInt64(4)) + numbers
    }()

    private static func view(_ key: String, of root: String, _ start: Int, _ count: Int) -> [UInt8] {
        Pickle.tuple(Pickle.text(key), Pickle.text(root), Pickle.integer(start), Pickle.integer(count))
    }

    private static func views(_ views: [UInt8]...) -> [UInt8] {
        storages + Pickle.program([0x5D, 0x28] + views.flatMap(\.self) + [0x65])
    }

    /// The tensor `3` with these sizes, strides and offset.
    private static func tensor(_ numbers: [Int] = [2, 1, 0], of storage: String = "2", axes: Int32 = 1) -> [UInt8] {
        let head = Pickle.tuple(Pickle.text("3"), Pickle.text(storage), Pickle.global("torch", "FloatTensor"))
        let words = numbers.flatMap { Pickle.little(UInt64(bitPattern: Int64($0))) }
        return count + Pickle.program(head) + Pickle.little(axes) + [0, 0, 0, 0] + words
    }

    private static let reference = Pickle.program(Pickle.dictionary(("w", Pickle.text("3") + [0x51])))

    private static func tar(
        storages: [UInt8] = views(view("2", of: "1", 1, 2)), tensors: [UInt8] = tensor(), pickle: [UInt8] = reference
    ) -> [UInt8] {
        Pickle.tar([("storages", storages), ("tensors", tensors), ("pickle", pickle)])
    }

    /// A tensor of a storage that is written down and not referred to.
    private static func plainTensor(_ key: String, count: Int) -> [UInt8] {
        Pickle.tensor(Array(Pickle.storage(key, count: count).dropLast()))
    }

    private static let end = [UInt8](repeating: 0, count: 1024)

    /// A whole archive with this record.
    private static func ending(with record: [UInt8]) -> [UInt8] { Array(tar().dropLast(1024)) + record + end }

    /// A record of extended attributes.
    private static func attributes(_ lines: String) -> [UInt8] {
        Pickle.tarRecord("x", size: lines.utf8.count, kind: "x") + Array(lines.utf8) + [UInt8](repeating: 0, count: 512 - lines.utf8.count)
    }

    static let odd: [Refusal] = [
        Refusal(nil, tar()),
        Refusal("torch.tensor-shape", tar(storages: storages)),
        Refusal("torch.tensor-bounds", tar(tensors: tensor([3, 1, 0]))),
        Refusal("torch.tensor-bounds", tar(tensors: tensor([2, 2, 0]))),
        Refusal("torch.tensor-shape", tar(tensors: tensor([2, -1, 0]))),
        Refusal("torch.tensor-shape", tar(tensors: tensor([2, 1, .min]))),
        Refusal("torch.tensor-shape", tar(tensors: tensor([.max, .max, .max], of: "1"))),
        Refusal("torch.tensor-shape", tar(tensors: tensor(axes: -1))),
        Refusal("torch.tensor-shape", tar(tensors: tensor(axes: .max))),
        Refusal("torch.truncated", tar(tensors: tensor(axes: 2))),
        Refusal("torch.trailing-bytes", tar(tensors: tensor([2, 1, 0, 0]))),
        Refusal("torch.tensor-shape", tar(tensors: tensor(of: "9"))),
        Refusal("torch.pickle-value", tar(tensors: Pickle.program(Pickle.integer(-1)))),
        Refusal("torch.truncated", tar(tensors: endless)),
        Refusal("torch.truncated", tar(storages: endless)),
        Refusal("torch.pickle-reference", tar(pickle: Pickle.program(Pickle.text("4") + [0x51]))),
        Refusal("torch.pickle-reference", tar(tensors: Pickle.program([0x4E, 0x51]))),
        Refusal("torch.storage", tar(storages: views(view("1", of: "1", 0, 1)))),
        Refusal("torch.storage", tar(storages: views(view("2", of: "1", 3, 2)))),
        Refusal("torch.storage", tar(storages: views(view("2", of: "1", -1, 2)))),
        Refusal("torch.storage", tar(storages: views(view("2", of: "1", .max, .max)))),
        Refusal("torch.storage", tar(storages: views(view("2", of: "9", 0, 1)))),
        Refusal("torch.storage", tar(storages: views(view("2", of: "1", 0, 2), view("5", of: "2", 0, 1)))),
        Refusal("torch.trailing-bytes", tar(storages: views() + [0])),
        Refusal(nil, Pickle.tar([("storages", storages), ("pickle", Pickle.program(plainTensor("1", count: 4)))])),
        Refusal("torch.storage", Pickle.tar([("storages", storages), ("pickle", Pickle.program(plainTensor("1", count: 5)))])),
        Refusal("torch.storage-missing", Pickle.tar([("storages", storages), ("pickle", Pickle.program(plainTensor("2", count: 4)))])),
        // Archives that lie. What is no archive from the first record on is not taken for one.
        Refusal("torch.tar", ending(with: Pickle.tarRecord("tensors", size: 1 << 30))),
        Refusal("torch.tar", ending(with: Pickle.tarRecord("tensors", size: 0o77777777777))),
        Refusal("torch.tar", ending(with: Pickle.tarRecord("pickle", size: 0))),
        Refusal("torch.tar", ending(with: Pickle.tarRecord("x", size: 0, kind: "2"))),
        Refusal("torch.tar", ending(with: [UInt8](repeating: 7, count: 512))),
        Refusal("torch.tar", Array(tar().dropLast(1024))),
        Refusal("torch.tar", Array(tar().dropLast(512))),
        Refusal("torch.tar", tar() + Pickle.tarRecord("x", size: 0) + end),
        Refusal(nil, tar() + end),
        Refusal(nil, ending(with: attributes("20 mtime=1488326400\n12 a=path=x\n"))),
        Refusal("torch.tar", ending(with: attributes("10 path=x\n"))),
        Refusal("torch.tar", ending(with: attributes("6 a=b\n9 size=1\n"))),
        Refusal("torch.tar", ending(with: attributes("7 a=b\n"))),
        Refusal("torch.tar", ending(with: attributes("0 a=b\n"))),
        Refusal("torch.tar", ending(with: attributes("9999999999999999999 a=b\n"))),
        Refusal("torch.tar", ending(with: attributes("a=b\n"))),
        Refusal("torch.member", Pickle.tar([("tensors", tensor()), ("pickle", reference)])),
        Refusal("torch.member", Pickle.tar([("storages", storages)])),
    ]

    @Test("tar archives whose parts do not fit together are refused", arguments: odd)
    func refused(refusal: Refusal) {
        #expect(refusal.verdict == refusal.expected)
    }
}
