package dev.fovea.kernels.cpu.machine;

import static dev.fovea.kernels.cpu.machine.Gp.R10;
import static dev.fovea.kernels.cpu.machine.Gp.R11;
import static dev.fovea.kernels.cpu.machine.Gp.R12;
import static dev.fovea.kernels.cpu.machine.Gp.RAX;
import static dev.fovea.kernels.cpu.machine.Gp.RBX;
import static dev.fovea.kernels.cpu.machine.Gp.RDI;
import static dev.fovea.kernels.cpu.machine.Gp.RSI;
import static dev.fovea.kernels.cpu.machine.Gp.RSP;
import static dev.fovea.kernels.cpu.machine.Vec.xmm;
import static dev.fovea.kernels.cpu.machine.Vec.ymm;
import static dev.fovea.kernels.cpu.machine.Vec.zmm;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small functions, written by the assembler and run. Skipped where machine code cannot run. */
class MachineCodeTest {

    private static final Convention CONVENTION = Convention.current();

    /** The mappings of this process, on Linux. */
    private static final Path MAPS = Path.of("/proc/self/maps");

    private final Assembler a = new Assembler();

    @BeforeEach
    void needsMachineCode() {
        assumeTrue(Processor.current().reason() == null, Processor.current().reason());
    }

    private MethodHandle function(FunctionDescriptor descriptor) throws ExecutableMemory.Refused {
        return ExecutableMemory.of(a.code()).function(descriptor);
    }

    @Test
    void addsTwoLongs() throws Throwable {
        a.lea(RAX, Address.of(CONVENTION.argument(0), CONVENTION.argument(1), 1, 0));
        a.ret();
        MethodHandle add = function(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
        assertEquals(42L, (long) add.invokeExact(40L, 2L));
        assertEquals(-1L, (long) add.invokeExact(Long.MAX_VALUE, Long.MIN_VALUE));
    }

    @Test
    void runsLoopsAndJumpsForward() throws Throwable {
        // Sums the even numbers below a limit.
        Gp limit = CONVENTION.argument(0);
        Label loop = a.label();
        Label odd = a.label();
        Label end = a.label();
        a.xor(RAX, RAX);
        a.mov(R10, 0);
        a.mov(CONVENTION.argument(1), 1);
        a.align(32);
        a.bind(loop);
        a.cmp(R10, limit);
        a.jge(end);
        a.test(R10, CONVENTION.argument(1));
        a.jnz(odd);
        a.add(RAX, R10);
        a.bind(odd);
        a.inc(R10);
        a.jmp(loop);
        a.bind(end);
        a.ret();
        MethodHandle sum = function(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        assertEquals(0L, (long) sum.invokeExact(0L));
        assertEquals(0 + 2 + 4 + 6 + 8, (long) sum.invokeExact(10L));
        assertEquals(2450L, (long) sum.invokeExact(100L));
    }

    @Test
    void jumpsFarBack() throws Throwable {
        Gp count = CONVENTION.argument(0);
        Label loop = a.label();
        a.mov(RAX, 0);
        a.bind(loop);
        a.inc(RAX);
        for (int i = 0; i < 20; i++) {
            a.nop(9);
        }
        a.dec(count);
        a.jnz(loop);
        a.ret();
        MethodHandle same = function(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        assertEquals(1234L, (long) same.invokeExact(1234L));
    }

    @Test
    void keepsConstantsBehindTheCode() throws Throwable {
        Label constants = a.label();
        a.movsxd(RAX, Address.of(constants).plus(4));
        a.add(RAX, CONVENTION.argument(0));
        a.ret();
        a.align(64);
        a.bind(constants);
        a.ints(7, -9);
        MethodHandle subtract = function(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        assertEquals(91L, (long) subtract.invokeExact(100L));
    }

    @Test
    void callsAFunctionOfItsOwn() throws Throwable {
        Label twice = a.label();
        a.mov(RAX, CONVENTION.argument(0));
        a.call(twice);
        a.call(twice);
        a.ret();
        a.bind(twice);
        a.shl(RAX, 1);
        a.ret();
        MethodHandle four = function(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        assertEquals(44L, (long) four.invokeExact(11L));
    }

    @Test
    void sumsFloatsOf256Bits() throws Throwable {
        assumeTrue(Processor.current().avx2());
        sum(ymm(5), ymm(14));
        a.vextractf128(xmm(6), ymm(5), 1);
        finishSum();
        assertEquals(96 * 97 / 2, sumOf(96));
        assertEquals(8 * 9 / 2, sumOf(8));
    }

    @Test
    void sumsFloatsOf512Bits() throws Throwable {
        assumeTrue(Processor.current().avx512());
        sum(zmm(5), zmm(30));
        a.vextractf64x4(ymm(6), zmm(5), 1);
        a.vaddps(ymm(5), ymm(5), ymm(6));
        a.vextractf128(xmm(6), ymm(5), 1);
        finishSum();
        assertEquals(96 * 97 / 2, sumOf(96));
        assertEquals(16 * 17 / 2, sumOf(16));
    }

    /** Begins a function of the address and the number of some floats that sums them, a vector at a time. */
    private void sum(Vec sum, Vec next) {
        Label loop = a.label();
        CONVENTION.frame(6).enter(a);
        a.vxorps(sum.ymm(), sum.ymm(), sum.ymm());
        a.bind(loop);
        a.prefetcht0(Address.of(CONVENTION.argument(0), 512));
        a.vmovups(next, Address.of(CONVENTION.argument(0)));
        a.vaddps(sum, sum, next);
        a.add(CONVENTION.argument(0), sum.width().bytes());
        a.sub(CONVENTION.argument(1), sum.width().bytes() / Float.BYTES);
        a.jg(loop);
    }

    /** Adds what is left in xmm5 and xmm6. The result of a C function of float is in xmm0. */
    private void finishSum() {
        a.vaddps(xmm(5), xmm(5), xmm(6));
        a.vshufps(xmm(6), xmm(5), xmm(5), 0b00_00_11_10);
        a.vaddps(xmm(5), xmm(5), xmm(6));
        a.vshufps(xmm(6), xmm(5), xmm(5), 0b00_00_00_01);
        a.vaddps(xmm(0), xmm(5), xmm(6));
        CONVENTION.frame(6).leave(a);
    }

    private float sumOf(int count) throws Throwable {
        MethodHandle sum = function(FunctionDescriptor.of(JAVA_FLOAT, ADDRESS, JAVA_LONG));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(JAVA_FLOAT, count);
            for (int i = 0; i < count; i++) {
                numbers.setAtIndex(JAVA_FLOAT, i, i + 1);
            }
            return (float) sum.invokeExact(numbers, (long) count);
        }
    }

    @Test
    void storesUnderAMask() throws Throwable {
        assumeTrue(Processor.current().avx512());
        // Writes the count of set lanes only, of 16 lanes that are all the first float plus one.
        Label one = a.label();
        a.mov(RAX, -1);
        a.bzhi(RAX, RAX, CONVENTION.argument(1));
        a.kmovw(Mask.k(3), RAX);
        a.vbroadcastss(zmm(17), Address.of(CONVENTION.argument(0)));
        a.vaddps(zmm(17), zmm(17), Address.of(one).broadcast());
        a.vmovups(Address.of(CONVENTION.argument(0), 64).masked(Mask.k(3)), zmm(17));
        a.vzeroupper();
        a.ret();
        a.bind(one);
        a.floats(1);
        MethodHandle store = function(FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment floats = arena.allocate(JAVA_FLOAT, 32);
            floats.set(JAVA_FLOAT, 0, 41);
            store.invokeExact(floats, 11L);
            for (int i = 0; i < 16; i++) {
                assertEquals(i < 11 ? 42 : 0, floats.getAtIndex(JAVA_FLOAT, 16 + i), "lane " + i);
            }
        }
    }

    @Test
    void multipliesBytes() throws Throwable {
        assumeTrue(Processor.current().avx512Vnni());
        a.vmovd(xmm(16), CONVENTION.argument(0));
        a.vmovd(xmm(17), CONVENTION.argument(1));
        a.vpxord(xmm(18), xmm(18), xmm(18));
        a.vpdpbusd(xmm(18), xmm(16), xmm(17));
        dotProduct();
    }

    @Test
    void multipliesBytesInVex() throws Throwable {
        assumeTrue(Processor.current().avxVnni());
        a.vmovd(xmm(0), CONVENTION.argument(0));
        a.vmovd(xmm(1), CONVENTION.argument(1));
        a.vpxor(xmm(2), xmm(2), xmm(2));
        a.vpdpbusdVex(xmm(2), xmm(0), xmm(1));
        a.vmovd(RAX, xmm(2));
        a.ret();
        checkDotProduct();
    }

    private void dotProduct() throws Throwable {
        a.vmovd(RAX, xmm(18));
        a.ret();
        checkDotProduct();
    }

    private void checkDotProduct() throws Throwable {
        MethodHandle dot = function(FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
        int left = 255 | 1 << 8 | 2 << 16 | 3 << 24;
        int right = 0x80 | 100 << 8 | (-5 & 0xFF) << 16 | 7 << 24;
        assertEquals(255 * -128 + 100 - 10 + 21, (int) dot.invokeExact(left, right));
    }

    @Test
    void frameRestoresWhatTheCallerKeeps() throws Throwable {
        for (Convention convention : Convention.values()) {
            Assembler a = new Assembler();
            Label inner = a.label();
            // The outer function, of this system: keeps rbx and r12 by itself, calls the inner one of the other
            // convention, adds what
            // became of them.
            Convention.Frame outerFrame = CONVENTION.frame(16, RBX, R12, RDI, RSI);
            outerFrame.enter(a);
            outerFrame.load(a, R10, 0);
            a.mov(RBX, 1);
            a.mov(R12, 2);
            a.mov(RDI, 4);
            a.mov(RSI, 8);
            a.mov(R11, 16);
            a.vmovd(xmm(7), R11);
            for (int argument = 9; argument >= convention.registerArguments(); argument--) {
                a.mov(RAX, argument);
                a.push(RAX);
            }
            int stacked = 10 - convention.registerArguments();
            int shadow = convention == Convention.WINDOWS ? 4 : 0;
            a.sub(RSP, 8 * shadow);
            a.mov(convention.argument(0), R10);
            for (int argument = 1; argument < convention.registerArguments(); argument++) {
                a.mov(convention.argument(argument), argument);
            }
            a.call(inner);
            a.add(RSP, 8 * (shadow + stacked));
            a.mov(Address.of(RAX, 80), RBX);
            a.mov(Address.of(RAX, 88), R12);
            a.mov(Address.of(RAX, 96), RDI);
            a.mov(Address.of(RAX, 104), RSI);
            a.vmovd(R11, xmm(7));
            a.mov(Address.of(RAX, 112), R11);
            outerFrame.leave(a);

            a.bind(inner);
            Convention.Frame innerFrame = convention.frame(9, RBX, R12, RDI, RSI);
            innerFrame.enter(a);
            innerFrame.load(a, RAX, 0);
            for (int argument = 1; argument < 10; argument++) {
                innerFrame.load(a, R10, argument);
                a.mov(Address.of(RAX, 8 * argument), R10);
            }
            a.mov(RBX, -1);
            a.mov(R12, -1);
            a.mov(RDI, -1);
            a.mov(RSI, -1);
            a.vmovd(xmm(7), RBX);
            innerFrame.leave(a);

            MethodHandle outer = ExecutableMemory.of(a.code()).function(FunctionDescriptor.ofVoid(ADDRESS));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment numbers = arena.allocate(JAVA_LONG, 15);
                outer.invokeExact(numbers);
                boolean windows = convention == Convention.WINDOWS;
                long xmm7 = windows ? 16 : 0xFFFF_FFFFL;
                assertArrayEquals(
                        new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, windows ? 4 : -1, windows ? 8 : -1, xmm7},
                        numbers.toArray(JAVA_LONG),
                        convention.name());
            }
        }
    }

    @Test
    void memoryIsGivenBackWithItsLastFunction() throws Throwable {
        assumeTrue(Files.exists(MAPS));
        a.mov(RAX, 5);
        a.ret();
        ExecutableMemory memory = ExecutableMemory.of(a.code());
        long keptAddress = memory.address();
        MethodHandle kept = memory.function(FunctionDescriptor.of(JAVA_LONG));
        memory = null;
        long address = ExecutableMemory.of(a.code()).address();
        for (int i = 0; i < 100 && rights(address).equals("r-xp"); i++) {
            System.gc();
            Thread.sleep(100);
        }
        assertNotEquals("r-xp", rights(address));
        assertEquals("r-xp", rights(keptAddress));
        assertEquals(5L, (long) kept.invokeExact());
    }

    @Test
    void codeCannotBeWritten() throws Throwable {
        assumeTrue(Files.exists(MAPS));
        a.mov(RAX, 5);
        a.ret();
        ExecutableMemory memory = ExecutableMemory.of(a.code());
        assertEquals("r-xp", rights(memory.address()));
        MemorySegment code = MemorySegment.ofAddress(memory.address()).reinterpret(a.size());
        assertArrayEquals(a.code(), code.toArray(JAVA_BYTE));
        Reference.reachabilityFence(memory);
    }

    /** Returns what a process may do with memory at an address, as Linux says it. */
    private static String rights(long address) throws IOException {
        for (String line : Files.readAllLines(MAPS)) {
            String[] cells = line.split("[- ]");
            if (Long.parseUnsignedLong(cells[0], 16) <= address && address < Long.parseUnsignedLong(cells[1], 16)) {
                return line.split(" ")[1];
            }
        }
        return "none";
    }
}
