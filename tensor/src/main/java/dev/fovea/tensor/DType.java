package dev.fovea.tensor;

/**
 * Lists the number formats that checkpoints hold. Computation is always in {@link #F32}. The other floating formats and
 * {@link #I8} only store weights, and the wider integers appear only as buffers such as {@code position_ids}.
 */
public enum DType {
    F64(8, true),
    F32(4, true),
    F16(2, true),
    BF16(2, true),
    I64(8, false),
    I32(4, false),
    I16(2, false),
    I8(1, false),
    U64(8, false),
    U32(4, false),
    U16(2, false),
    U8(1, false),
    BOOL(1, false);

    private final int bytes;
    private final boolean floating;

    DType(int bytes, boolean floating) {
        this.bytes = bytes;
        this.floating = floating;
    }

    /** Returns the bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Returns whether this is an IEEE-like format (f64, f32, f16, bf16). */
    public boolean isFloating() {
        return floating;
    }
}
