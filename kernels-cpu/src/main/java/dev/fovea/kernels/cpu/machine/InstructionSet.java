package dev.fovea.kernels.cpu.machine;

import dev.fovea.tensor.Precision;
import java.util.Locale;

/**
 * Tells what the kernels of a {@link Precision} are written for: how wide the vectors are, how many registers there
 * are of them, and so how large a tile is. Widest first.
 */
public enum InstructionSet {

    /**
     * 32 registers of 512 bits with {@code vpdpbusd} and {@code vpdpwssd}: Intel's servers since Ice Lake, AMD since
     * Zen 4.
     */
    AVX512(Vec.Width.ZMM, 32, 12),

    /**
     * 16 registers of 256 bits with both in the VEX encoding: Intel's laptops and desktops since the 12th generation.
     */
    AVXVNNI(Vec.Width.YMM, 16, 6),

    /** 16 registers of 256 bits; {@code vpmaddwd} and {@code vpaddd} take the place of {@code vpdpwssd}. */
    AVX2(Vec.Width.YMM, 16, 6);

    /** Registers of a row of a tile, and of a row of a panel. */
    static final int HALVES = 2;

    private final Vec.Width width;
    private final int registers;
    private final int tallest;

    InstructionSet(Vec.Width width, int registers, int tallest) {
        this.width = width;
        this.registers = registers;
        this.tallest = tallest;
    }

    /**
     * Returns the widest that a processor has for a precision, if it is faster there than f32, or null. {@code
     * vdpbf16ps} is on processors of AMD (twice the speed of f32 on Zen 4), but not on those of Intel, which multiply
     * bf16 in tiles of AMX (half the speed of f32 on Emerald Rapids).
     */
    public static InstructionSet of(Precision precision, Processor processor) {
        for (InstructionSet set : values()) {
            if (set.runs(precision, processor) && !(precision == Precision.BF16 && isSlow(processor))) {
                return set;
            }
        }
        return null;
    }

    /**
     * Returns what loops over rows are written for with vectors of a width, or null where the processor has no such
     * vectors.
     */
    static InstructionSet ofLoops(int vectorBytes, Processor processor) {
        for (InstructionSet set : new InstructionSet[] {AVX512, AVX2}) {
            if (set.bytes() == vectorBytes && set.runs(Precision.F32, processor)) {
                return set;
            }
        }
        return null;
    }

    private static boolean isSlow(Processor processor) {
        return !processor.vendor().equals("AuthenticAMD");
    }

    /** Returns whether there are kernels of a precision. */
    boolean has(Precision precision) {
        return switch (this) {
            case AVX512 -> true;
            case AVXVNNI -> precision.isInteger();
            case AVX2 -> precision == Precision.INT16 || precision == Precision.F32;
        };
    }

    /** Returns whether a processor runs the kernels of a precision, however fast. */
    boolean runs(Precision precision, Processor processor) {
        return has(precision)
                && switch (this) {
                    case AVX512 ->
                        switch (precision) {
                            case F32 -> processor.avx512();
                            case BF16 -> processor.avx512Bf16();
                            case INT16, INT8 -> processor.avx512Vnni();
                        };
                    case AVXVNNI -> processor.avxVnni() && processor.fma();
                    case AVX2 -> processor.avx2() && processor.fma();
                };
    }

    /** Returns a vector register. */
    Vec register(int index) {
        return switch (width) {
            case ZMM -> Vec.zmm(index);
            case YMM -> Vec.ymm(index);
            case XMM -> Vec.xmm(index);
        };
    }

    /** Returns the number of vector registers. */
    int registers() {
        return registers;
    }

    /** Returns the bytes of a vector. */
    int bytes() {
        return width.bytes();
    }

    /** Returns the most rows of a tile: their sums leave registers for a row of the panel and some words of x. */
    int tallest() {
        return tallest;
    }

    /** Returns the outputs of a panel, the floats of {@value #HALVES} registers. */
    int columns() {
        return HALVES * bytes() / Float.BYTES;
    }

    /** Returns the name as people write it: {@code avx512}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
