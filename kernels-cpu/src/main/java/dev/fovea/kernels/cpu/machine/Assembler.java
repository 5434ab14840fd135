package dev.fovea.kernels.cpu.machine;

/**
 * Writes x86-64 machine code: one method for each instruction, named as in Intel's manual, operands in Intel's order
 * with the destination first.
 *
 * <pre>{@code
 * Assembler a = new Assembler();              // long sum(float[] from, float[] to, long vectors)
 * Label loop = a.label();
 * a.vxorps(zmm(0), zmm(0), zmm(0));
 * a.bind(loop);
 * a.vaddps(zmm(0), zmm(0), Address.of(RDI));
 * a.add(RDI, 64);
 * a.dec(RDX);
 * a.jnz(loop);
 * a.vmovups(Address.of(RSI), zmm(0));
 * a.vzeroupper();
 * a.ret();
 * byte[] code = a.code();
 * }</pre>
 *
 * <p>Instructions on vectors choose the shorter VEX encoding where it can say what is asked and EVEX (AVX-512)
 * otherwise: for zmm, registers 16 to 31, masks and broadcasts. A mask belongs to the destination, {@code
 * zmm(1).masked(k(2))}; a broadcast to the memory operand, {@code Address.of(RAX).broadcast()}. How the bytes come
 * about is told in {@link Encoder}.
 *
 * <p>Nothing checks that the processor has an instruction; see {@link Processor}. Not safe for several threads.
 */
public final class Assembler extends VectorFloats {

    private static final int LONGEST_NOP = 9;

    private int labels;

    /** Makes an assembler without a listing. */
    public Assembler() {
        this(new Encoder(), null);
    }

    Assembler(Encoder out, Listing listing) {
        super(out, listing);
    }

    /** Makes an assembler that also collects what {@link #listing} returns. */
    public static Assembler withListing() {
        return new Assembler(new Encoder(), new Listing());
    }

    /** Makes a label, to be bound later or now. */
    public Label label() {
        return new Label(out, labels++);
    }

    /** Binds a label to this place, before the next instruction. */
    public void bind(Label label) {
        label.requireOwner(out);
        if (listing != null) {
            note(label + ":");
        }
        label.bind(out.size());
    }

    /** Makes a label and places it here. */
    public Label here() {
        Label label = label();
        bind(label);
        return label;
    }

    /**
     * Fills up with instructions that do nothing until the position is a multiple of {@code bytes}. Loops that begin on
     * 32 or 64 bytes are fetched faster.
     *
     * @param bytes a power of two, at most that of a page
     */
    public void align(int bytes) {
        if (Integer.bitCount(bytes) != 1 || bytes > 4096) {
            throw new IllegalArgumentException("code is aligned to a power of two up to 4096, not to " + bytes);
        }
        int missing = -out.size() & bytes - 1;
        while (missing > 0) {
            int length = Math.min(missing, LONGEST_NOP);
            nop(length);
            missing -= length;
        }
    }

    /**
     * Does nothing, in one instruction of {@code length} bytes. These are the forms that Intel recommends: {@code nop}
     * with a memory operand that is not read.
     *
     * @param length 1 to 9
     */
    public void nop(int length) {
        if (length < 1 || length > LONGEST_NOP) {
            throw new IllegalArgumentException("a nop has 1 to 9 bytes, not " + length);
        }
        if (listing != null) {
            note(length == 1 ? "nop" : ".nops " + length);
        }
        out.reserve();
        if (length == 2 || length == 6 || length == 9) {
            out.int8(0x66);
        }
        switch (length) {
            case 1, 2 -> out.int8(0x90);
            case 3 -> nop(0x00, 0, 0);
            case 4 -> nop(0x40, 0, 1);
            case 5, 6 -> nop(0x44, 1, 1);
            case 7 -> nop(0x80, 0, 4);
            default -> nop(0x84, 1, 4);
        }
    }

    /** Writes {@code 0F 1F}, ModRM, and the given bytes of SIB and displacement, all zero. */
    private void nop(int modRm, int sibBytes, int displacementBytes) {
        out.int8(0x0F);
        out.int8(0x1F);
        out.int8(modRm);
        for (int i = 0; i < sibBytes + displacementBytes; i++) {
            out.int8(0);
        }
    }

    /**
     * Writes constants, to be read through {@link Address#of(Label)}. They belong behind the last {@code ret}, after
     * {@code align}.
     */
    public void ints(int... values) {
        for (int value : values) {
            if (listing != null) {
                note(".long " + value);
            }
            out.reserve();
            out.int32(value);
        }
    }

    /** Writes constants, to be read through {@link Address#of(Label)}. */
    public void floats(float... values) {
        for (float value : values) {
            ints(Float.floatToRawIntBits(value));
        }
    }

    /** Returns the number of bytes written so far. */
    public int size() {
        return out.size();
    }

    /**
     * Returns all that was written.
     *
     * @throws IllegalStateException if a label is used that was never bound
     */
    public byte[] code() {
        return out.code();
    }

    /**
     * Returns the code for people: a line for each instruction with its position, its bytes and its text in Intel's
     * syntax.
     *
     * @throws IllegalStateException if this assembler was not made by {@link #withListing}
     */
    public String listing() {
        return collected().lines(code());
    }

    /** Returns the code as an assembler would read it: a line for each instruction and label. */
    String source() {
        return collected().source();
    }

    private Listing collected() {
        if (listing == null) {
            throw new IllegalStateException(
                    "no listing was collected; make the assembler with Assembler.withListing()");
        }
        return listing;
    }
}
