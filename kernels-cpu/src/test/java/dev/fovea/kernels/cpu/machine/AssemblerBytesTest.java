package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every instruction beside the bytes that GNU as made of it, in {@code instructions.tsv}, which {@code
 * oracle/assembler_bytes.py} records. Then the record itself on trial: mistakes planted in the {@link Encoder} must be
 * found by it.
 */
class AssemblerBytesTest {

    /** Methods of the assembler that are no instructions. */
    private static final Set<String> OTHERS = Set.of(
            "withListing", "label", "bind", "here", "align", "nop(int)", "ints", "floats", "size", "code", "listing");

    private record Recorded(String text, String bytes) {}

    private static final List<Recorded> RECORD = read();

    private static List<Recorded> read() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(AssemblerBytesTest.class.getResourceAsStream("instructions.tsv")),
                StandardCharsets.UTF_8))) {
            return reader.lines()
                    .map(line -> line.split("\t"))
                    .map(cells -> new Recorded(cells[0], cells[1]))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TestFactory
    Stream<DynamicTest> bytesAndTextAreThoseOfGnuAs() {
        Map<String, List<Recorded>> byName = RECORD.stream()
                .collect(Collectors.groupingBy(
                        recorded -> recorded.text.replaceFirst("\\{vex} ", "").split(" ")[0],
                        TreeMap::new,
                        Collectors.toList()));
        return byName.entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.getKey(),
                        () -> each.getValue().forEach(recorded -> {
                            Assembler assembler = assembled(recorded, new Encoder(), new HashSet<>());
                            assertEquals(recorded.bytes, hex(assembler), recorded.text);
                            assertEquals(
                                    recorded.text, assembler.source().strip().replace("\n", "; "));
                        })));
    }

    @Test
    void everyInstructionIsRecorded() {
        Set<Method> called = new HashSet<>();
        RECORD.forEach(recorded -> assembled(recorded, new Encoder(), called));
        Set<String> missing = new TreeSet<>();
        for (Method method : Assembler.class.getMethods()) {
            boolean isInstruction = method.getDeclaringClass() != Object.class
                    && !method.isBridge()
                    && !Modifier.isStatic(method.getModifiers())
                    && !OTHERS.contains(method.getName())
                    && !(method.getName().equals("nop") && method.getParameterCount() == 1);
            if (isInstruction && !called.contains(method)) {
                missing.add(method.toString());
            }
        }
        assertEquals(Set.of(), missing);
    }

    private static Assembler assembled(Recorded recorded, Encoder encoder, Set<Method> called) {
        Assembler assembler = new Assembler(encoder, new Listing());
        new Spoken(assembler, called).say(recorded.text);
        return assembler;
    }

    private static String hex(Assembler assembler) {
        return HexFormat.of().formatHex(assembler.code());
    }

    @TestFactory
    Stream<DynamicTest> plantedMistakesAreFound() {
        return mistakes().entrySet().stream()
                .map(mistake -> DynamicTest.dynamicTest(mistake.getKey(), () -> isFound(mistake.getValue())));
    }

    private static void isFound(Supplier<Encoder> broken) {
        List<String> found = new ArrayList<>();
        for (Recorded recorded : RECORD) {
            if (!recorded.bytes.equals(hex(assembled(recorded, broken.get(), new HashSet<>())))) {
                found.add(recorded.text);
            }
        }
        assertFalse(found.isEmpty());
    }

    private static Map<String, Supplier<Encoder>> mistakes() {
        Map<String, Supplier<Encoder>> mistakes = new TreeMap<>();
        mistakes.put("one-byte displacements are not scaled", () -> new Encoder() {
            @Override
            int displacementUnit(int form, int vectorBytes, boolean isBroadcast) {
                return 1;
            }
        });
        mistakes.put("displacements of a broadcast are scaled by the vector", () -> new Encoder() {
            @Override
            int displacementUnit(int form, int vectorBytes, boolean isBroadcast) {
                return super.displacementUnit(form, vectorBytes, false);
            }
        });
        mistakes.put("displacements of half a vector are scaled by the whole", () -> new Encoder() {
            @Override
            int displacementUnit(int form, int vectorBytes, boolean isBroadcast) {
                return isBroadcast ? super.displacementUnit(form, vectorBytes, true) : vectorBytes;
            }
        });
        mistakes.put("the mask is dropped", () -> new Encoder() {
            @Override
            int maskBits(Mask mask) {
                return 0;
            }
        });
        mistakes.put("zeroing is dropped", () -> new Encoder() {
            @Override
            void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
                super.evex(form, length, reg, second, rm, memory, mask, false);
            }
        });
        mistakes.put("sources are swapped in EVEX", () -> new Swapping() {
            @Override
            void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
                boolean isSwapped = swap(memory, second, rm);
                super.evex(form, length, reg, isSwapped ? rm : second, isSwapped ? second : rm, memory, mask, zeroing);
            }
        });
        mistakes.put("sources are swapped in VEX", () -> new Swapping() {
            @Override
            void vex(int form, int length, int reg, int second, int rm, Address memory) {
                boolean isSwapped = swap(memory, second, rm);
                super.vex(form, length, reg, isSwapped ? rm : second, isSwapped ? second : rm, memory);
            }
        });
        mistakes.put("the fifth bit of the third register is dropped", () -> new Encoder() {
            @Override
            void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
                super.evex(form, length, reg, second & 15, rm, memory, mask, zeroing);
            }
        });
        mistakes.put("the fifth bit of the last register is dropped", () -> new Encoder() {
            @Override
            void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
                super.evex(form, length, reg, second, rm & 15, memory, mask, zeroing);
            }
        });
        mistakes.put("the length is dropped", () -> new Encoder() {
            @Override
            void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
                super.evex(form, 2, reg, second, rm, memory, mask, zeroing);
            }
        });
        mistakes.put("W is dropped", () -> new Encoder() {
            @Override
            void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
                super.evex(form & ~Form.W1, length, reg, second, rm, memory, mask, zeroing);
            }
        });
        mistakes.put("the broadcast is dropped", () -> new Encoder() {
            @Override
            void evex(int form, int length, int reg, int second, int rm, Address memory, Mask mask, boolean zeroing) {
                Address plain = memory == null || !memory.isBroadcast()
                        ? memory
                        : new Address(
                                memory.base(),
                                memory.index(),
                                memory.scale(),
                                memory.displacement(),
                                memory.label(),
                                false,
                                memory.mask());
                super.evex(form, length, reg, second, rm, plain, mask, zeroing);
            }
        });
        mistakes.put("an immediate behind a relative address is forgotten", () -> new Encoder() {
            @Override
            void memory(int reg, Address memory, int unit, int immediateBytes) {
                super.memory(reg, memory, unit, 0);
            }
        });
        mistakes.put("r13 is taken for the next instruction", () -> new Encoder() {
            @Override
            void memory(int reg, Address memory, int unit, int immediateBytes) {
                if (memory.base() == Gp.R13 && memory.index() == null && memory.displacement() == 0) {
                    int8((reg & 7) << 3 | 5);
                } else {
                    super.memory(reg, memory, unit, immediateBytes);
                }
            }
        });
        mistakes.put("REX is left out where only the index needs it", () -> new Encoder() {
            @Override
            void rex(boolean wide, int reg, Address memory) {
                Gp index = memory.index() == null
                        ? null
                        : Gp.values()[memory.index().ordinal() & 7];
                super.rex(
                        wide,
                        reg,
                        index == Gp.RSP || memory.label() != null
                                ? memory
                                : new Address(memory.base(), index, memory.scale(), 0, null, false, null));
            }
        });
        mistakes.put("jumps are counted from their beginning", () -> new Encoder() {
            @Override
            void reference(Label target, int plus, int from) {
                super.reference(target, plus, from - 5);
            }
        });
        return mistakes;
    }

    /** Swaps the operands of instructions with three registers, in the prefix and in ModRM. */
    private static class Swapping extends Encoder {
        private int other = -1;

        boolean swap(Address memory, int second, int rm) {
            other = memory == null && second != 0 ? second : -1;
            return other >= 0;
        }

        @Override
        void register(int reg, int rm) {
            super.register(reg, other >= 0 ? other : rm);
            other = -1;
        }
    }
}
