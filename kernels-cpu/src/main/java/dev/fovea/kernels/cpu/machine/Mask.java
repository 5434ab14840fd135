package dev.fovea.kernels.cpu.machine;

/**
 * Names a mask register of AVX-512, one bit for each lane of a vector. {@code k0} can be written and read, but not mask
 * an instruction: in that place its number means "no mask".
 *
 * @param index 0 to 7
 */
public record Mask(int index) {

    /** Checks the index. */
    public Mask {
        if (index < 0 || index > 7) {
            throw new IllegalArgumentException("mask registers are k0 to k7, not k" + index);
        }
    }

    /** Returns mask register {@code k<index>}. */
    public static Mask k(int index) {
        return new Mask(index);
    }

    @Override
    public String toString() {
        return "k" + index;
    }
}
