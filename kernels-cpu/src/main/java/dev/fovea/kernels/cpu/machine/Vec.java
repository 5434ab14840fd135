package dev.fovea.kernels.cpu.machine;

/**
 * Names a vector register, all of it or its lower part, and, as a destination, the mask under which it is written. The
 * parts share their storage: {@code xmm3} is the lowest quarter of {@code zmm3}. Registers 16 to 31, {@code zmm} and
 * masks need AVX-512.
 *
 * @param index 0 to 31
 * @param width how much of the register is meant
 * @param mask the lanes that are written, or null for all
 * @param zeroing whether the other lanes become zero instead of keeping their values
 */
public record Vec(int index, Width width, Mask mask, boolean zeroing) implements Operand {

    /** Says how much of a vector register is meant. The ordinal is the field LL of the VEX and EVEX prefixes. */
    public enum Width {
        /** 128 bits. */
        XMM("xmm"),
        /** 256 bits. */
        YMM("ymm"),
        /** 512 bits. */
        ZMM("zmm");

        private final String prefix;

        Width(String prefix) {
            this.prefix = prefix;
        }

        /** Returns the number of bytes: 16, 32 or 64. */
        public int bytes() {
            return 16 << ordinal();
        }
    }

    /** Checks the index and the mask. */
    public Vec {
        if (index < 0 || index > 31) {
            throw new IllegalArgumentException("vector registers are " + width.prefix + "0 to " + width.prefix
                    + "31, not " + width.prefix + index);
        }
        if (mask != null && mask.index() == 0) {
            throw new IllegalArgumentException("k0 means no mask there; use k1 to k7");
        }
    }

    /** Returns register {@code zmm<index>}, 512 bits. */
    public static Vec zmm(int index) {
        return new Vec(index, Width.ZMM, null, false);
    }

    /** Returns register {@code ymm<index>}, 256 bits. */
    public static Vec ymm(int index) {
        return new Vec(index, Width.YMM, null, false);
    }

    /** Returns register {@code xmm<index>}, 128 bits. */
    public static Vec xmm(int index) {
        return new Vec(index, Width.XMM, null, false);
    }

    /** Returns the lowest 128 bits of this register. */
    public Vec xmm() {
        return xmm(index);
    }

    /** Returns the lowest 256 bits of this register. */
    public Vec ymm() {
        return ymm(index);
    }

    /** Returns all 512 bits of this register. */
    public Vec zmm() {
        return zmm(index);
    }

    /** Returns this register as a destination of which only the lanes set in the mask are written, the others kept. */
    public Vec masked(Mask by) {
        return new Vec(index, width, by, false);
    }

    /** Returns this register as a destination whose lanes not set in the mask become zero. */
    public Vec zeroed(Mask by) {
        return new Vec(index, width, by, true);
    }

    @Override
    public String toString() {
        String name = width.prefix + index;
        return mask == null ? name : name + "{" + mask + "}" + (zeroing ? "{z}" : "");
    }
}
