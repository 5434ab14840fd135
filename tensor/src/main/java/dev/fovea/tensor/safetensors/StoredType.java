package dev.fovea.tensor.safetensors;

import dev.fovea.tensor.DType;
import java.util.HashMap;
import java.util.Map;

/**
 * Lists the dtype strings of the safetensors format. The order is the reference implementation's
 * (huggingface/safetensors, {@code Dtype} in tensor.rs): increasing alignment, by which writers sort tensors.
 */
enum StoredType {
    BOOL(8, DType.BOOL),
    F4(4, null),
    F6_E2M3(6, null),
    F6_E3M2(6, null),
    U8(8, DType.U8),
    I8(8, DType.I8),
    F8_E5M2(8, null),
    F8_E4M3(8, null),
    F8_E8M0(8, null),
    F8_E4M3FNUZ(8, null),
    F8_E5M2FNUZ(8, null),
    I16(16, DType.I16),
    U16(16, DType.U16),
    F16(16, DType.F16),
    BF16(16, DType.BF16),
    I32(32, DType.I32),
    U32(32, DType.U32),
    F32(32, DType.F32),
    C64(64, null),
    F64(64, DType.F64),
    I64(64, DType.I64),
    U64(64, DType.U64);

    private static final Map<String, StoredType> BY_NAME = new HashMap<>();

    static {
        for (StoredType type : values()) {
            BY_NAME.put(type.name(), type);
        }
    }

    private final int bits;
    private final DType dtype;

    StoredType(int bits, DType dtype) {
        this.bits = bits;
        this.dtype = dtype;
    }

    /** Returns the bits of one element; elements narrower than a byte are packed. */
    int bits() {
        return bits;
    }

    /** Returns the number format, or null where Fovea has none for it. */
    DType dtype() {
        return dtype;
    }

    /** Returns the type that a header calls by this name, or null. */
    static StoredType named(String name) {
        return BY_NAME.get(name);
    }

    static StoredType of(DType dtype) {
        return BY_NAME.get(dtype.name());
    }
}
