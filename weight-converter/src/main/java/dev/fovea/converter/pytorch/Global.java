package dev.fovea.converter.pytorch;

import dev.fovea.tensor.DType;
import java.util.Map;
import java.util.Set;

/**
 * Something that a pickle names: a class or a function of Python. Naming is all that happens; what the few known names stand for is
 * written in {@link Tensors} and {@link PickleMachine}, in Java.
 *
 * @param module such as {@code torch._utils}
 * @param name such as {@code _rebuild_tensor_v2}
 */
record Global(String module, String name) {

    /** Classes of modules in TorchScript archives: bags of attributes, whose code stays unread. */
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

    private static final Map<String, DType> DTYPES = Map.ofEntries(
            Map.entry("float64", DType.F64),
            Map.entry("float32", DType.F32),
            Map.entry("float16", DType.F16),
            Map.entry("bfloat16", DType.BF16),
            Map.entry("int64", DType.I64),
            Map.entry("int32", DType.I32),
            Map.entry("int16", DType.I16),
            Map.entry("int8", DType.I8),
            Map.entry("uint8", DType.U8),
            Map.entry("bool", DType.BOOL));

    private static final Set<String> UNTYPED = Set.of("torch.storage.UntypedStorage", "torch.storage._UntypedStorage");

    private static final Set<String> OTHERS = Set.of(
            "torch._utils._rebuild_tensor",
            "torch._utils._rebuild_tensor_v2",
            "torch._utils._rebuild_tensor_v3",
            "torch._utils._rebuild_parameter",
            "torch._utils._rebuild_parameter_with_state",
            "torch.jit._pickle.build_intlist",
            "torch.jit._pickle.build_tensorlist",
            "torch.jit._pickle.build_doublelist",
            "torch.jit._pickle.build_boollist",
            "torch.jit._pickle.restore_type_tag",
            "collections.OrderedDict",
            "torch.Size",
            "torch.device");

    /** The whole name. */
    String full() {
        return module + "." + name;
    }

    /** Whether a checkpoint may name it. */
    boolean isKnown() {
        return OTHERS.contains(full()) || isScriptClass() || isStorage() || dtype() != null;
    }

    /** Whether it is a class that a TorchScript archive defines. */
    boolean isScriptClass() {
        return module.equals(SCRIPT) || module.startsWith(SCRIPT + ".");
    }

    /** Whether it is a class of storages. */
    boolean isStorage() {
        return UNTYPED.contains(full()) || storageType() != null;
    }

    /** The type of a storage's elements, null if the storage does not say. */
    DType storageType() {
        return module.equals("torch") || module.equals("torch.cuda") ? STORAGES.get(name) : null;
    }

    /** The type that this names, or null. */
    DType dtype() {
        return module.equals("torch") ? DTYPES.get(name) : null;
    }
}
