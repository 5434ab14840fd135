package dev.fovea.kernels.cpu.machine;

import static dev.fovea.kernels.cpu.machine.Gp.R9;
import static dev.fovea.kernels.cpu.machine.Gp.RAX;
import static dev.fovea.kernels.cpu.machine.Gp.RCX;
import static dev.fovea.kernels.cpu.machine.Gp.RSP;
import static dev.fovea.kernels.cpu.machine.Mask.k;
import static dev.fovea.kernels.cpu.machine.Vec.xmm;
import static dev.fovea.kernels.cpu.machine.Vec.ymm;
import static dev.fovea.kernels.cpu.machine.Vec.zmm;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What the assembler refuses, and what it does besides instructions. Their bytes are tested in {@link
 * AssemblerBytesTest}.
 */
class AssemblerTest {

    private static final Address MEMORY = Address.of(RAX, 64);

    @TestFactory
    Stream<DynamicTest> refusesWhatNoInstructionSays() {
        Map<String, Consumer<Assembler>> mistakes = new TreeMap<>();
        mistakes.put(
                "vaddps needs operands of one width, as its destination, not ymm2",
                a -> a.vaddps(zmm(1), ymm(2), zmm(3)));
        mistakes.put("vaddps needs a register of 512 bits, not xmm3", a -> a.vaddps(zmm(1), zmm(2), xmm(3)));
        mistakes.put(
                "vaddps takes a mask on its destination, not on zmm3{k1}",
                a -> a.vaddps(zmm(1), zmm(2), zmm(3).masked(k(1))));
        mistakes.put(
                "vaddps takes a mask on its destination, not on zmm2{k1}{z}",
                a -> a.vaddps(zmm(1), zmm(2).zeroed(k(1)), zmm(3)));
        mistakes.put(
                "vaddps takes a mask on its destination, not on [rax+64]{k2}",
                a -> a.vaddps(zmm(1), zmm(2), MEMORY.masked(k(2))));
        mistakes.put(
                "vpshufb has no broadcast of its memory operand [rax+64]",
                a -> a.vpshufb(zmm(1), zmm(2), MEMORY.broadcast()));
        mistakes.put(
                "vmovups has no broadcast of its memory operand [rax+64]", a -> a.vmovups(zmm(1), MEMORY.broadcast()));
        mistakes.put(
                "vpxor has a VEX form only, without zmm, registers above 15, masks and broadcasts, as here with ymm19",
                a -> a.vpxor(ymm(1), ymm(2), ymm(19)));
        mistakes.put(
                "vpxor has a VEX form only, without zmm, registers above 15, masks and broadcasts, as here with ymm3",
                a -> a.vpxor(ymm(1).masked(k(1)), ymm(2), ymm(3)));
        mistakes.put(
                "{vex} vpdpbusd has a VEX form only, without zmm, registers above 15, masks and broadcasts,"
                        + " as here with zmm3",
                a -> a.vpdpbusdVex(zmm(1), zmm(2), zmm(3)));
        mistakes.put("vpermd has no form of width XMM", a -> a.vpermd(xmm(1), xmm(2), xmm(3)));
        mistakes.put("vextractf64x4 has no form of width YMM", a -> a.vextractf64x4(ymm(1), ymm(2), 1));
        mistakes.put("vpmovsxbd needs a register of 128 bits, not ymm2", a -> a.vpmovsxbd(zmm(1), ymm(2)));
        mistakes.put("vpmovdb needs a register of 128 bits, not zmm1", a -> a.vpmovdb(zmm(1), zmm(2)));
        mistakes.put(
                "vcvtneps2bf16 needs a destination half as wide as its source, not zmm1",
                a -> a.vcvtneps2bf16(zmm(1), zmm(2)));
        mistakes.put("vmovd needs an xmm register, not zmm1", a -> a.vmovd(zmm(1), RAX));
        mistakes.put("vmovntps takes no mask, such as k1", a -> a.vmovntps(MEMORY.masked(k(1)), zmm(1)));
        mistakes.put("vpsrld needs an immediate of 0 to 255, not 256", a -> a.vpsrld(zmm(1), zmm(2), 256));
        mistakes.put("vshufps needs an immediate of 0 to 255, not -2", a -> a.vshufps(zmm(1), zmm(2), zmm(2), -2));
        mistakes.put("vshufps needs an immediate of 0 to 255, not -1", a -> a.vshufps(zmm(1), zmm(2), zmm(2), -1));
        mistakes.put("shl shifts by 1 to 63, not by 64", a -> a.shl(RAX, 64));
        mistakes.put(
                "only vector instructions take a broadcast or a mask: [rax+64]", a -> a.mov(RAX, MEMORY.broadcast()));
        mistakes.put("vector registers are zmm0 to zmm31, not zmm32", a -> zmm(32));
        mistakes.put("vector registers are xmm0 to xmm31, not xmm-1", a -> xmm(-1));
        mistakes.put("mask registers are k0 to k7, not k8", a -> k(8));
        mistakes.put("k0 means no mask there; use k1 to k7", a -> zmm(1).masked(k(0)));
        mistakes.put(
                "rsp cannot be the index of an address; its encoding means no index", a -> Address.of(RAX, RSP, 1, 0));
        mistakes.put("an index is scaled by 1, 2, 4 or 8, not by 3", a -> Address.of(RAX, RCX, 3, 0));
        mistakes.put("an address needs a base register or a label", a -> Address.of((Gp) null));
        mistakes.put(
                "vblendvps has a VEX form only, without zmm, registers above 15, masks and broadcasts,"
                        + " as here with ymm16",
                a -> a.vblendvps(ymm(1), ymm(2), ymm(3), ymm(16)));
        mistakes.put("label L0 belongs to another assembler", a -> a.jmp(new Assembler().here()));
        mistakes.put("label L1 belongs to another assembler", a -> {
            Assembler other = new Assembler();
            other.label();
            a.vmovups(zmm(1), Address.of(other.label()));
        });
        mistakes.put("a nop has 1 to 9 bytes, not 10", a -> a.nop(10));
        mistakes.put("code is aligned to a power of two up to 4096, not to 48", a -> a.align(48));
        return mistakes.entrySet().stream()
                .map(mistake -> DynamicTest.dynamicTest(
                        mistake.getKey(),
                        () -> assertEquals(
                                mistake.getKey(),
                                assertThrows(
                                                IllegalArgumentException.class,
                                                () -> mistake.getValue().accept(new Assembler()))
                                        .getMessage())));
    }

    @Test
    void namesLabelsThatAreMissingOrTwice() {
        Assembler a = new Assembler();
        Label first = a.label();
        Label second = a.label();
        a.bind(first);
        a.jmp(second);
        assertEquals(
                "label L0 is bound twice",
                assertThrows(IllegalStateException.class, () -> a.bind(first)).getMessage());
        assertEquals(
                "label L1 is used but never bound; call Assembler.bind",
                assertThrows(IllegalStateException.class, a::code).getMessage());
    }

    @Test
    void growsWithItsCode() {
        Assembler a = new Assembler();
        Label end = a.label();
        for (int i = 0; i < 1000; i++) {
            a.jz(end);
        }
        a.bind(end);
        byte[] code = a.code();
        assertEquals(6000, a.size());
        for (int i = 0; i < 1000; i++) {
            int distance = 6000 - 6 * (i + 1);
            assertArrayEquals(
                    new byte[] {0x0F, (byte) 0x84, (byte) distance, (byte) (distance >> 8), 0, 0},
                    java.util.Arrays.copyOfRange(code, 6 * i, 6 * (i + 1)));
        }
    }

    @Test
    void alignsLoops() {
        for (int before = 0; before < 70; before++) {
            Assembler a = new Assembler();
            for (int i = 0; i < before; i++) {
                a.nop();
            }
            a.align(64);
            assertEquals((before + 63) / 64 * 64, a.size());
            a.align(64);
            assertEquals((before + 63) / 64 * 64, a.size());
        }
    }

    @Test
    void listsCodeForPeople() {
        Assembler a = Assembler.withListing();
        Label constants = a.label();
        a.vmovups(zmm(1).zeroed(k(2)), Address.of(constants));
        Label loop = a.here();
        a.vfmadd231ps(zmm(0), zmm(1), Address.of(RAX, R9, 4, 128).broadcast());
        a.dec(RCX);
        a.jnz(loop);
        a.ret();
        a.align(16);
        a.bind(constants);
        a.ints(-1, 5);
        assertEquals("""
                0000  62 f1 7c ca 10 0d 16 00 00 00  vmovups zmm1{k2}{z}, [rip+L0]
                L1:
                000a  62 b2 75 58 b8 44 88 20        vfmadd231ps zmm0, zmm1, [rax+r9*4+128]{1to16}
                0012  48 ff c9                       dec rcx
                0015  75 f3                          jnz L1
                0017  c3                             ret
                0018  0f 1f 84 00 00 00 00 00        .nops 8
                L0:
                0020  ff ff ff ff                    .long -1
                0024  05 00 00 00                    .long 5
                """, a.listing());
    }

    @Test
    void collectsNoListingUnlessAsked() {
        assertEquals(
                "no listing was collected; make the assembler with Assembler.withListing()",
                assertThrows(IllegalStateException.class, () -> new Assembler().listing())
                        .getMessage());
    }
}
