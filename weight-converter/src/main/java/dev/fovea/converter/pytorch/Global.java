package dev.fovea.converter.pytorch;

import dev.fovea.tensor.DType;
import java.util.Map;
import java.util.Set;

/**
 * Names a class or a function of Python, as a pickle does. Naming is all that happens; what the few known names mean is
 * written in {@link Tensors} and {@link PickleMachine}, in Java. Every other one is {@link Opaque}.
 *
 * @param module such as {@code torch._utils}
 * @param name such as {@code _rebuild_tensor_v2}
 */
record Global(String module, String name) {

    /** Package of the classes of modules in TorchScript archives: bags of attributes, whose code stays unread. */
    private static final String SCRIPT = "__torch__";

    private static final Map<String, DType> STORAGES = Map.ofEntries(
            Map.entry("DoubleStorage", DType.F64),
            Map.entry("FloatStorage", DType.F32),
            Map.entry("HalfStorage", DType.F16),
            Map.entry("BFloat16Storage", DType.BF16),
            Map.entry("LongStorage", DType.I64),
            Map.entry("IntStorage", DType.I32),
            Map.entry("ShortStorage", DType.I16),
            Map.entry("CharStorage", DType.I8),
            Map.entry("ByteStorage", DType.U8),
            Map.entry("BoolStorage", DType.BOOL));

    /** Bytes of an element of storages whose types cannot be converted. */
    private static final Map<String, Integer> OTHER_STORAGES = Map.of(
            "ComplexDoubleStorage",
            16,
            "ComplexFloatStorage",
            8,
            "QInt32Storage",
            4,
            "QInt8Storage",
            1,
            "QUInt8Storage",
            1,
            "QUInt4x2Storage",
            1,
            "QUInt2x4Storage",
            1);

    private static final Map<String, DType> DTYPES = Map.ofEntries(
            Map.entry("float64", DType.F64),
            Map.entry("float32", DType.F32),
            Map.entry("float16", DType.F16),
            Map.entry("bfloat16", DType.BF16),
            Map.entry("int64", DType.I64),
            Map.entry("int32", DType.I32),
            Map.entry("int16", DType.I16),
            Map.entry("int8", DType.I8),
            Map.entry("uint64", DType.U64),
            Map.entry("uint32", DType.U32),
            Map.entry("uint16", DType.U16),
            Map.entry("uint8", DType.U8),
            Map.entry("bool", DType.BOOL));

    private static final Set<String> UNTYPED = Set.of("torch.storage.UntypedStorage", "torch.storage._UntypedStorage");

    /**
     * Modules whose functions run commands, load code or reach other machines: no checkpoint holds an object of theirs.
     */
    private static final Set<String> HARMFUL_MODULES = Set.of(
            "os",
            "posix",
            "nt",
            "subprocess",
            "_posixsubprocess",
            "pty",
            "socket",
            "shutil",
            "runpy",
            "importlib",
            "pip",
            "ctypes",
            "webbrowser",
            "urllib.request",
            "requests",
            "requests.api",
            "httpx",
            "pdb",
            "bdb",
            "torch.hub");

    private static final Set<String> HARMFUL_BUILTINS = Set.of(
            "eval",
            "exec",
            "execfile",
            "compile",
            "__import__",
            "open",
            "file",
            "input",
            "apply",
            "breakpoint",
            "exit",
            "quit");

    /** Returns the whole name. */
    String full() {
        return module + "." + name;
    }

    /** Returns whether naming it can only mean harm: Python would run a command, load code or open a file. */
    boolean isHarmful() {
        boolean builtin = module.equals("builtins") || module.equals("__builtin__");
        return HARMFUL_MODULES.contains(module)
                || builtin && HARMFUL_BUILTINS.contains(name)
                || full().equals("torch.load");
    }

    /** Returns whether it is a class that a TorchScript archive defines. */
    boolean isScriptClass() {
        return module.equals(SCRIPT) || module.startsWith(SCRIPT + ".");
    }

    /** Returns whether Python makes tensors with it: functions of {@code torch._utils}, classes of tensors. */
    boolean makesTensors() {
        return name.startsWith("_rebuild_") || name.endsWith("Tensor");
    }

    /** Returns whether it is a class of storages. */
    boolean isStorage() {
        return UNTYPED.contains(full()) || storageType() != null || isOtherStorage();
    }

    private boolean isOtherStorage() {
        return isTorch() && OTHER_STORAGES.containsKey(name);
    }

    private boolean isTorch() {
        return module.equals("torch") || module.equals("torch.cuda");
    }

    /** Returns the type of a storage's elements, null if the storage does not say or there is no type for it here. */
    DType storageType() {
        return isTorch() ? STORAGES.get(name) : null;
    }

    /** Returns the bytes of one element of a storage: 1 if the storage does not say what its elements are. */
    int storageElementBytes() {
        DType type = storageType();
        return type != null ? type.bytes() : isOtherStorage() ? OTHER_STORAGES.get(name) : 1;
    }

    /** Returns the type that this names, or null. */
    DType dtype() {
        return module.equals("torch") ? DTYPES.get(name) : null;
    }
}
