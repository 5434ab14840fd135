package dev.fovea.kernels.cpu.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tells what this processor can do, by its own account: the instruction {@code cpuid}, run as generated code. An
 * instruction counts as present only if the operating system also saves the registers it works on ({@code xgetbv}).
 *
 * <p>See Intel's <i>Software Developer's Manual</i>, volume 2, {@code CPUID}, volume 1, 13.3 for the bits of {@code
 * xgetbv}, and AMD's
 * <i>Programmer's Manual</i>, volume 3, appendix E.
 */
public final class Processor {

    /**
     * System property that names the newest instructions to be used by machine code, so that every path can be tested
     * on one machine: {@code avx2}, {@code avxvnni}, {@code avx512}, or {@code none} for no machine code at all.
     */
    public static final String PROPERTY = "fovea.cpu.machine";

    /** What the property may name, each with all before it. */
    private static final List<String> NEWEST = List.of("avx2", "avxvnni", "avx512");

    /** Answers of the processor. */
    interface Answers {
        /**
         * Returns what {@code cpuid} leaves in eax, ebx, ecx and edx.
         *
         * @param leaf the question
         * @param subleaf its second part
         */
        int[] cpuid(int leaf, int subleaf);

        /**
         * Returns the register XCR0: which registers the system saves. Asked only where the processor says that there
         * is one.
         */
        long xgetbv();
    }

    private static final int EAX = 0;
    private static final int EBX = 1;
    private static final int ECX = 2;
    private static final int EDX = 3;

    /** Leaves of {@code cpuid}. */
    private static final int FEATURES = 1;

    private static final int CACHES = 4;
    private static final int MORE_FEATURES = 7;
    private static final int EXTENDED = 0x80000000;
    private static final int EXTENDED_FEATURES = 0x80000001;
    private static final int BRAND = 0x80000002;
    private static final int CACHES_OF_AMD = 0x8000001D;

    /** Bits of XCR0: xmm and ymm; masks, zmm and zmm16 to 31; tiles. */
    private static final long SAVES_YMM = 1L << 1 | 1L << 2;

    private static final long SAVES_ZMM = SAVES_YMM | 1L << 5 | 1L << 6 | 1L << 7;
    private static final long SAVES_TILES = 1L << 17 | 1L << 18;

    private final String reason;
    private String vendor = "";
    private String brand = "";
    private final long[] cacheBytes = new long[4];
    private boolean fma;
    private boolean avx2;
    private boolean f16c;
    private boolean avx512;
    private boolean avx512Vnni;
    private boolean avxVnni;
    private boolean avx512Bf16;
    private boolean amxTile;
    private boolean amxInt8;
    private boolean amxBf16;

    private Processor(String reason) {
        this.reason = reason;
    }

    /** Reads what the processor answers. */
    Processor(Answers answers) {
        reason = null;
        int[] first = answers.cpuid(0, 0);
        vendor = text(first[EBX], first[EDX], first[ECX]);
        int[] features = answers.cpuid(FEATURES, 0);
        int[] more = first[EAX] >= MORE_FEATURES ? answers.cpuid(MORE_FEATURES, 0) : new int[4];
        int[] most = more[EAX] >= 1 ? answers.cpuid(MORE_FEATURES, 1) : new int[4];
        long saved = has(features[ECX], 27) ? answers.xgetbv() : 0;
        boolean savesYmm = (saved & SAVES_YMM) == SAVES_YMM && has(features[ECX], 28);
        boolean savesZmm = (saved & SAVES_ZMM) == SAVES_ZMM;
        boolean savesTiles = (saved & SAVES_TILES) == SAVES_TILES;
        fma = savesYmm && has(features[ECX], 12);
        f16c = savesYmm && has(features[ECX], 29);
        avx2 = savesYmm && has(more[EBX], 5) && has(more[EBX], 8);
        avx512 = savesZmm && has(more[EBX], 16) && has(more[EBX], 17) && has(more[EBX], 30) && has(more[EBX], 31);
        avx512Vnni = avx512 && has(more[ECX], 11);
        avx512Bf16 = avx512 && has(most[EAX], 5);
        avxVnni = avx2 && has(most[EAX], 4);
        amxTile = savesTiles && has(more[EDX], 24);
        amxInt8 = amxTile && has(more[EDX], 25);
        amxBf16 = amxTile && has(more[EDX], 22);
        readExtended(answers, first[EAX]);
    }

    private void readExtended(Answers answers, int highestLeaf) {
        int highest = answers.cpuid(EXTENDED, 0)[EAX];
        if (Integer.compareUnsigned(highest, BRAND + 2) >= 0) {
            int[] a = answers.cpuid(BRAND, 0);
            int[] b = answers.cpuid(BRAND + 1, 0);
            int[] c = answers.cpuid(BRAND + 2, 0);
            brand = text(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], c[0], c[1], c[2], c[3]);
        }
        boolean isAsOfAmd = Integer.compareUnsigned(highest, CACHES_OF_AMD) >= 0
                && has(answers.cpuid(EXTENDED_FEATURES, 0)[ECX], 22);
        if (isAsOfAmd) {
            readCaches(answers, CACHES_OF_AMD);
        } else if (highestLeaf >= CACHES) {
            readCaches(answers, CACHES);
        }
    }

    /** Reads the sizes of caches; both makers describe them in one form. */
    private void readCaches(Answers answers, int leaf) {
        int most = 16; // a virtual machine may answer nonsense
        for (int i = 0; i < most; i++) {
            int[] cache = answers.cpuid(leaf, i);
            int type = cache[EAX] & 31;
            int level = cache[EAX] >> 5 & 7;
            if (type == 0) {
                return;
            }
            boolean isForData = type == 1 || type == 3;
            if (isForData && level < cacheBytes.length) {
                long ways = (cache[EBX] >>> 22) + 1;
                long partitions = (cache[EBX] >>> 12 & 0x3FF) + 1;
                long lineBytes = (cache[EBX] & 0xFFF) + 1;
                long sets = Integer.toUnsignedLong(cache[ECX]) + 1;
                cacheBytes[level] = ways * partitions * lineBytes * sets;
            }
        }
    }

    private static boolean has(int bits, int bit) {
        return (bits >>> bit & 1) != 0;
    }

    private static String text(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            bytes.putInt(word);
        }
        return new String(bytes.array(), StandardCharsets.US_ASCII)
                .replace('\0', ' ')
                .strip();
    }

    /**
     * Returns this machine's processor, asked once. Where nothing can be asked, {@link #reason} says why and it has
     * nothing.
     */
    public static Processor current() {
        return Current.PROCESSOR;
    }

    /** Returns a processor of which nothing is known, so that nothing native is used. */
    public static Processor none(String reason) {
        return new Processor(reason);
    }

    /** Asks the processor when somebody wants to know, not when the class is loaded. */
    private static final class Current {
        static final Processor PROCESSOR = ask();
    }

    static Processor ask() {
        String newest = System.getProperty(PROPERTY);
        if (newest != null && !NEWEST.contains(newest)) {
            String expected = newest.equals("none") ? " forbids it" : "; expected none, " + String.join(", ", NEWEST);
            return none("-D" + PROPERTY + "=" + newest + expected);
        }
        try {
            Processor processor = new Processor(new Question());
            if (newest != null) {
                processor.limit(newest);
            }
            return processor;
        } catch (ExecutableMemory.Refused refused) {
            return none(refused.getMessage());
        }
    }

    /** Takes away what is newer than the newest instructions to be used. */
    void limit(String newest) {
        int allowed = NEWEST.indexOf(newest);
        avxVnni &= allowed >= NEWEST.indexOf("avxvnni");
        boolean has512 = allowed >= NEWEST.indexOf("avx512");
        avx512 &= has512;
        avx512Vnni &= has512;
        avx512Bf16 &= has512;
        amxTile = false;
        amxInt8 = false;
        amxBf16 = false;
    }

    /** Returns why nothing native can be used, in one clause; null if it can. */
    public String reason() {
        return reason;
    }

    /** Returns the maker, {@code GenuineIntel} or {@code AuthenticAMD}. */
    public String vendor() {
        return vendor;
    }

    /** Returns the name that the maker sells it by. */
    public String brand() {
        return brand;
    }

    /**
     * Returns the bytes of a data cache as seen by one core; 0 where not known. A shared cache counts whole.
     *
     * @param level 1 to 3
     */
    public long cacheBytes(int level) {
        return cacheBytes[level];
    }

    /** Returns whether there are fused multiply-adds on floats, 256 bits wide. */
    public boolean fma() {
        return fma;
    }

    /** Returns whether there are AVX2 and BMI2: integers 256 bits wide, {@code bzhi}, {@code shlx}. */
    public boolean avx2() {
        return avx2;
    }

    /** Returns whether f16 can be widened and narrowed, {@code vcvtph2ps}. */
    public boolean f16c() {
        return f16c;
    }

    /** Returns whether there is AVX-512 with lanes of all sizes, masks and all widths: F, BW, DQ and VL. */
    public boolean avx512() {
        return avx512;
    }

    /** Returns whether there is {@code vpdpbusd} on zmm. */
    public boolean avx512Vnni() {
        return avx512Vnni;
    }

    /** Returns whether there is {@code vpdpbusdVex} on ymm. */
    public boolean avxVnni() {
        return avxVnni;
    }

    /** Returns whether there is {@code vdpbf16ps}. */
    public boolean avx512Bf16() {
        return avx512Bf16;
    }

    /** Returns whether there are tile registers. Linux gives them only to a process that asked. */
    public boolean amxTile() {
        return amxTile;
    }

    /** Returns whether there are dot products of bytes on tiles. */
    public boolean amxInt8() {
        return amxInt8;
    }

    /** Returns whether there are dot products of bf16 on tiles. */
    public boolean amxBf16() {
        return amxBf16;
    }

    /**
     * Asks the processor. A function gets the address of six ints: leaf, subleaf, and the answers eax, ebx, ecx and
     * edx.
     */
    private static final class Question implements Answers {

        private static final int INTS = 6;

        private final MethodHandle identify;
        private final MethodHandle readSaved;

        /** A buffer, whose elements the JVM reads without linking a handle for it first. */
        private final ByteBuffer block =
                ByteBuffer.allocateDirect(INTS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);

        Question() throws ExecutableMemory.Refused {
            FunctionDescriptor function = FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG);
            try {
                identify = ExecutableMemory.of(cpuidCode()).function(function);
                readSaved = ExecutableMemory.of(xgetbvCode()).function(function);
            } catch (UnsupportedOperationException e) {
                throw new ExecutableMemory.Refused("this JVM cannot call generated code", e);
            }
        }

        private static byte[] cpuidCode() {
            Assembler a = new Assembler();
            Convention.Frame frame = Convention.current().frame(0, Gp.RBX);
            frame.enter(a);
            frame.load(a, Gp.R8, 0);
            a.mov32(Gp.RAX, Address.of(Gp.R8));
            a.mov32(Gp.RCX, Address.of(Gp.R8, 4));
            a.cpuid();
            a.mov32(Address.of(Gp.R8, 8), Gp.RAX);
            a.mov32(Address.of(Gp.R8, 12), Gp.RBX);
            a.mov32(Address.of(Gp.R8, 16), Gp.RCX);
            a.mov32(Address.of(Gp.R8, 20), Gp.RDX);
            frame.leave(a);
            return a.code();
        }

        private static byte[] xgetbvCode() {
            Assembler a = new Assembler();
            Convention.Frame frame = Convention.current().frame(0);
            frame.enter(a);
            frame.load(a, Gp.R8, 0);
            a.xor(Gp.RCX, Gp.RCX);
            a.xgetbv();
            a.mov32(Address.of(Gp.R8, 8), Gp.RAX);
            a.mov32(Address.of(Gp.R8, 12), Gp.RDX);
            frame.leave(a);
            return a.code();
        }

        @Override
        public int[] cpuid(int leaf, int subleaf) {
            block.putInt(0, leaf).putInt(4, subleaf);
            call(identify);
            return new int[] {block.getInt(8), block.getInt(12), block.getInt(16), block.getInt(20)};
        }

        @Override
        public long xgetbv() {
            call(readSaved);
            return block.getLong(8);
        }

        private void call(MethodHandle function) {
            try {
                function.invokeExact(MemorySegment.ofBuffer(block).address());
            } catch (Throwable e) {
                throw new AssertionError("cpuid cannot throw", e);
            }
            Reference.reachabilityFence(block);
        }
    }
}
