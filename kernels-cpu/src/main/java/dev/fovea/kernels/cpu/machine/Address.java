package dev.fovea.kernels.cpu.machine;

/**
 * Names memory as an instruction reaches it: {@code base + index * scale + displacement}, or a place in the code
 * itself.
 *
 * @param base the register the address starts from; null only where there is a label
 * @param index the register that is scaled and added, or null; never {@code RSP}
 * @param scale 1, 2, 4 or 8
 * @param displacement bytes that are added
 * @param label a place in the code, for constants behind it; otherwise null
 * @param isBroadcast whether one element is read and repeated in all lanes (AVX-512)
 * @param mask the lanes that are stored, or null for all (AVX-512)
 */
public record Address(Gp base, Gp index, int scale, int displacement, Label label, boolean isBroadcast, Mask mask)
        implements Operand {

    /** Checks that an instruction can say this. */
    public Address {
        if ((base == null) == (label == null)) {
            throw new IllegalArgumentException("an address needs a base register or a label");
        }
        if (label != null && index != null) {
            throw new IllegalArgumentException("an address by label takes no index register");
        }
        if (index == Gp.RSP) {
            throw new IllegalArgumentException("rsp cannot be the index of an address; its encoding means no index");
        }
        if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
            throw new IllegalArgumentException("an index is scaled by 1, 2, 4 or 8, not by " + scale);
        }
        if (mask != null && mask.index() == 0) {
            throw new IllegalArgumentException("k0 means no mask there; use k1 to k7");
        }
    }

    /** Returns the memory at a register. */
    public static Address of(Gp base) {
        return of(base, 0);
    }

    /** Returns the memory at a register and some bytes on. */
    public static Address of(Gp base, int displacement) {
        return new Address(base, null, 1, displacement, null, false, null);
    }

    /** Returns the memory at {@code base + index * scale + displacement}. */
    public static Address of(Gp base, Gp index, int scale, int displacement) {
        return new Address(base, index, scale, displacement, null, false, null);
    }

    /** Returns the memory at a label: constants that {@link Assembler#ints} put behind the code. */
    public static Address of(Label label) {
        return new Address(null, null, 1, 0, label, false, null);
    }

    /** Returns the memory some bytes on. */
    public Address plus(int bytes) {
        return new Address(base, index, scale, Math.addExact(displacement, bytes), label, isBroadcast, mask);
    }

    /** Returns this memory read as one element that goes to every lane, written {@code [rax]{1to16}}. */
    public Address broadcast() {
        return new Address(base, index, scale, displacement, label, true, mask);
    }

    /** Returns this memory as the destination of a store that writes the lanes set in the mask only. */
    public Address masked(Mask by) {
        return new Address(base, index, scale, displacement, label, isBroadcast, by);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        text.append(label != null ? "rip+" + label : base.text());
        if (index != null) {
            text.append('+').append(index.text()).append('*').append(scale);
        }
        if (displacement != 0) {
            text.append(displacement > 0 ? "+" : "").append(displacement);
        }
        text.append(']');
        return mask == null
                ? text.toString()
                : text.append('{').append(mask).append('}').toString();
    }
}
