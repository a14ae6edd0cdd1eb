import ModelCore

/// A class or a function of Python by its name. Nothing is ever looked up or called; a few exact names have a meaning here.
struct PickleGlobal: Hashable {
    let module: String
    let name: String

    var fullName: String { "\(module).\(name)" }

    /// What a name means.
    enum Meaning {
        /// `OrderedDict`, `defaultdict`, `dict`.
        case dictionary
        /// `torch.Size`, `set` and their like: of the elements that are given.
        case collection(PickleKind)
        /// What gives its first argument back: `restore_type_tag` of TorchScript.
        case first
        case tensor(TensorFunction)
        /// `torch.FloatStorage` and its like.
        case storage(StoredType)
        /// `torch.storage.UntypedStorage`: bytes.
        case bytes
        /// `torch.float32` and its like.
        case type(StoredType)
        /// `torch.nn.Parameter`, `torch.autograd.Variable`: the tensor that is given.
        case parameter
        /// `copyreg._reconstructor`: an object of the class that is its first argument.
        case reconstructor
        /// A module that torch.fx wrote, by the dictionary of its attributes among the arguments.
        case module
    }

    /// The functions that put tensors together, by their arguments.
    enum TensorFunction {
        /// Storage, offset, sizes, strides; whatever comes after.
        case strided
        /// The same with a type as argument 6, over bytes.
        case typed
        /// The tensor; whatever comes after.
        case wrapped
        /// The function, the class, the function's arguments, attributes.
        case subclass
    }

    var meaning: Meaning? {
        switch (module, name) {
        case ("collections", "OrderedDict"), ("collections", "defaultdict"), ("builtins", "dict"), ("__builtin__", "dict"): .dictionary
        case ("builtins", "set"), ("builtins", "frozenset"), ("__builtin__", "set"), ("__builtin__", "frozenset"): .collection(.set)
        case ("torch", "Size"), ("builtins", "tuple"), ("__builtin__", "tuple"): .collection(.tuple)
        case ("builtins", "list"), ("__builtin__", "list"): .collection(.list)
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): .tensor(.strided)
        case ("torch._utils", "_rebuild_tensor_v3"): .tensor(.typed)
        case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"): .tensor(.wrapped)
        case ("torch._tensor", "_rebuild_from_type_v2"), ("torch._tensor", "_rebuild_from_type"), ("torch.tensor", "_rebuild_from_type"):
            .tensor(.subclass)
        case ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer"), ("torch.autograd.variable", "Variable"),
            ("torch", "Tensor"):
            .parameter
        case ("copy_reg", "_reconstructor"), ("copyreg", "_reconstructor"): .reconstructor
        case ("torch.fx.graph_module", "reduce_graph_module"), ("torch.fx.graph_module", "reduce_deploy_graph_module"),
            ("torch.fx.graph_module", "reduce_package_graph_module"), ("torch.fx._lazy_graph_module", "reduce_lazy_graph_module"):
            .module
        case ("torch.storage", "UntypedStorage"), ("torch.storage", "_UntypedStorage"), ("torch", "UntypedStorage"): .bytes
        case ("torch.jit._pickle", "build_intlist"), ("torch.jit._pickle", "build_tensorlist"), ("torch.jit._pickle", "build_doublelist"),
            ("torch.jit._pickle", "build_boollist"), ("torch.jit._pickle", "restore_type_tag"):
            .first
        case ("torch", _): Self.storageTypes[name].map(Meaning.storage) ?? Self.types[name].map(Meaning.type)
        case ("torch.cuda", _): Self.storageTypes[name].map(Meaning.storage)
        default: nil
        }
    }

    /// Whether this names a storage of whatever type: those that have no meaning are refused by name.
    var isStorage: Bool { module.hasPrefix("torch") && name.hasSuffix("Storage") }

    /// Bytes of an element of a storage whose type is known and not read.
    var refusedWidth: Int? { isStorage ? Self.refusedWidths[name] : nil }

    private static let refusedWidths = [
        "ComplexHalfStorage": 4, "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16, "QInt8Storage": 1, "QUInt8Storage": 1, "QInt32Storage": 4,
        "QUInt4x2Storage": 1, "QUInt2x4Storage": 1,
    ]

    /// Whether this names a function of PyTorch that makes a tensor of a kind that is not read, such as a sparse or a quantized one.
    var isTensorFunction: Bool { module.hasPrefix("torch") && name.hasPrefix("_rebuild_") }

    /// Whether this names a tensor, or a storage, of a quantised network.
    var isQuantised: Bool { name == "_rebuild_qtensor" || refusedWidth != nil && name.hasPrefix("Q") }

    /// The names of storages in pickles.
    private static let storageTypes: [String: StoredType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "LongStorage": .int64,
        "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    private static let types: [String: StoredType] = [
        "float64": .float64, "double": .float64, "float32": .float32, "float": .float32, "float16": .float16, "half": .float16,
        "bfloat16": .bfloat16, "int64": .int64, "long": .int64, "int32": .int32, "int": .int32, "int16": .int16, "short": .int16,
        "int8": .int8, "uint8": .uint8, "bool": .bool,
    ]

    /// Whether this is a way to run something outside of the file, which no checkpoint has a use for. Nothing is run here, whatever the name; but
    /// who has such a file should know.
    var isProgram: Bool {
        // A name may lead through a module to another: `torch._utils`, `os.system`.
        let first = module.prefix { $0 != "." }
        let outer = name.split(separator: ".").dropLast()
        return Self.programModules.contains(String(first)) || outer.contains { Self.programModules.contains(String($0)) }
            || Self.programs.contains(fullName) || first == "__builtin__" && Self.programs.contains("builtins.\(name)")
    }

    private static let programModules: Set<String> = [
        "os", "posix", "nt", "subprocess", "sys", "runpy", "importlib", "pty", "socket", "shutil", "ctypes", "webbrowser", "marshal", "pickle",
        "_pickle",
    ]
    private static let programs: Set<String> = [
        "builtins.eval", "builtins.exec", "builtins.execfile", "builtins.compile", "builtins.open", "builtins.input", "builtins.breakpoint",
        "builtins.__import__", "builtins.apply", "builtins.globals", "builtins.setattr", "builtins.delattr", "io.open", "_io.open", "_io.FileIO",
        "commands.getoutput", "commands.getstatusoutput", "timeit.timeit", "timeit.repeat", "code.interact", "pdb.run", "bdb.Bdb.run", "cProfile.run",
        "profile.run", "types.FunctionType", "types.CodeType", "numpy.testing._private.utils.runstring", "pip.main", "torch.load", "torch.hub.load",
    ]
}
