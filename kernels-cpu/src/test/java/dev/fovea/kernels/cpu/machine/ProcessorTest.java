package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProcessorTest {

    /** A processor that has everything, in the words of {@code cpuid}; tests take away from it. */
    private static final class Told implements Processor.Answers {
        private final Map<Long, int[]> leaves = new HashMap<>();
        private long saved = 0x600E7;

        Told() {
            put(0, 0, 0x20, 0x756E6547, 0x6C65746E, 0x49656E69); // "GenuineIntel", in the order ebx, edx, ecx
            put(1, 0, 0, 0, 1 << 12 | 1 << 27 | 1 << 28 | 1 << 29, 0);
            put(7, 0, 1, 1 << 5 | 1 << 8 | 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31, 1 << 11, 1 << 22 | 1 << 24 | 1 << 25);
            put(7, 1, 1 << 4 | 1 << 5, 0, 0, 0);
            put(4, 0, 1 | 1 << 5, 11 << 22 | 63, 63, 0); // 48 KiB of data
            put(4, 1, 2 | 1 << 5, 7 << 22 | 63, 63, 0); // 32 KiB of instructions
            put(4, 2, 3 | 2 << 5, 15 << 22 | 63, 2047, 0); // 2 MiB
            put(4, 3, 3 | 3 << 5, 14 << 22 | 1 << 12 | 63, 65535, 0); // 120 MiB
            put(0x80000000, 0, 0x80000008, 0, 0, 0);
            put(0x80000002, 0, word("Some"), word(" pro"), word("cess"), word("or\0\0"));
        }

        private static int word(String text) {
            return text.charAt(0) | text.charAt(1) << 8 | text.charAt(2) << 16 | text.charAt(3) << 24;
        }

        void put(int leaf, int subleaf, int... registers) {
            leaves.put((long) leaf << 32 | subleaf, registers);
        }

        /** Takes a bit of ebx, ecx or edx away. */
        void without(int leaf, int subleaf, int register, int bit) {
            leaves.get((long) leaf << 32 | subleaf)[register] &= ~(1 << bit);
        }

        @Override
        public int[] cpuid(int leaf, int subleaf) {
            return leaves.getOrDefault((long) leaf << 32 | subleaf, new int[4]);
        }

        @Override
        public long xgetbv() {
            assertTrue((cpuid(1, 0)[2] >>> 27 & 1) != 0, "xgetbv is an invalid instruction there");
            return saved;
        }
    }

    private static String features(Told told) {
        Processor processor = new Processor(told);
        assertNull(processor.reason());
        return features(processor);
    }

    private static String features(Processor processor) {
        return (processor.fma() ? "fma " : "")
                + (processor.f16c() ? "f16c " : "")
                + (processor.avx2() ? "avx2 " : "")
                + (processor.avxVnni() ? "avx_vnni " : "")
                + (processor.avx512() ? "avx512 " : "")
                + (processor.avx512Vnni() ? "avx512_vnni " : "")
                + (processor.avx512Bf16() ? "avx512_bf16 " : "")
                + (processor.amxTile() ? "amx_tile " : "")
                + (processor.amxInt8() ? "amx_int8 " : "")
                + (processor.amxBf16() ? "amx_bf16 " : "");
    }

    @Test
    void readsWhatTheProcessorSays() {
        Processor processor = new Processor(new Told());
        assertEquals(
                "fma f16c avx2 avx_vnni avx512 avx512_vnni avx512_bf16 amx_tile amx_int8 amx_bf16 ",
                features(new Told()));
        assertEquals("GenuineIntel", processor.vendor());
        assertEquals("Some processor", processor.brand());
        assertEquals(48 << 10, processor.cacheBytes(1));
        assertEquals(2 << 20, processor.cacheBytes(2));
        assertEquals(120 << 20, processor.cacheBytes(3));
    }

    @Test
    void countsOnlyWhatTheSystemSaves() {
        Told withoutTiles = new Told();
        withoutTiles.saved = 0xE7;
        assertEquals("fma f16c avx2 avx_vnni avx512 avx512_vnni avx512_bf16 ", features(withoutTiles));
        for (long incomplete : new long[] {0x07, 0x67, 0xC7, 0xA7}) {
            Told withoutZmm = new Told();
            withoutZmm.saved = incomplete;
            assertEquals("fma f16c avx2 avx_vnni ", features(withoutZmm));
        }
        Told withoutYmm = new Told();
        withoutYmm.saved = 0x3;
        assertEquals("", features(withoutYmm));
        Told withoutXsave = new Told();
        withoutXsave.without(1, 0, 2, 27);
        assertEquals("", features(withoutXsave));
    }

    @Test
    void takesAwayWhatIsNewerThanAllowed() {
        Map<String, String> allowed = Map.of(
                "avx2", "fma f16c avx2 ",
                "avxvnni", "fma f16c avx2 avx_vnni ",
                "avx512", "fma f16c avx2 avx_vnni avx512 avx512_vnni avx512_bf16 ");
        allowed.forEach((newest, features) -> {
            Processor processor = new Processor(new Told());
            processor.limit(newest);
            assertEquals(features, features(processor));
        });
        for (InstructionSet set : InstructionSet.values()) {
            Processor processor = new Processor(new Told());
            processor.limit(set.toString());
            assertEquals(set, InstructionSet.of(Precision.INT16, processor));
            assertEquals(set.has(Precision.INT8) ? set : null, InstructionSet.of(Precision.INT8, processor));
            assertNull(InstructionSet.of(Precision.BF16, processor), "that of Intel is slow");
        }
        Told slow = new Told();
        slow.without(7, 1, 0, 4);
        slow.without(7, 0, 2, 11);
        assertEquals(InstructionSet.AVX2, InstructionSet.of(Precision.INT16, new Processor(slow)));
        assertNull(InstructionSet.of(Precision.INT16, Processor.none("nobody asked")));
    }

    @Test
    void wantsAllPartsOfAvx512() {
        for (int bit : new int[] {16, 17, 30, 31}) {
            Told part = new Told();
            part.without(7, 0, 1, bit);
            assertEquals("fma f16c avx2 avx_vnni amx_tile amx_int8 amx_bf16 ", features(part));
        }
        Told withoutVnni = new Told();
        withoutVnni.without(7, 0, 2, 11);
        assertFalse(features(withoutVnni).contains("avx512_vnni"));
        Told withoutBf16 = new Told();
        withoutBf16.without(7, 1, 0, 5);
        assertFalse(features(withoutBf16).contains("avx512_bf16"));
    }

    @Test
    void asksNoLeafThatIsNotThere() {
        Told old = new Told();
        old.put(0, 0, 4, 0x756E6547, 0x6C65746E, 0x49656E69);
        assertEquals("fma f16c ", features(old));
        Told withoutSubleaf = new Told();
        int[] more = withoutSubleaf.cpuid(7, 0);
        withoutSubleaf.put(7, 0, 0, more[1], more[2], more[3]);
        assertEquals("fma f16c avx2 avx512 avx512_vnni amx_tile amx_int8 amx_bf16 ", features(withoutSubleaf));
    }

    @Test
    void readsCachesAsAmdSaysThem() {
        Told amd = new Told();
        amd.put(0, 0, 0x10, 0x68747541, 0x444D4163, 0x69746E65);
        amd.put(0x80000000, 0, 0x80000028, 0, 0, 0);
        amd.put(0x80000001, 0, 0, 0, 1 << 22, 0);
        amd.put(0x8000001D, 0, 1 | 1 << 5, 7 << 22 | 63, 63, 0); // 32 KiB
        amd.put(0x8000001D, 1, 3 | 2 << 5, 7 << 22 | 63, 2047, 0); // 1 MiB
        Processor processor = new Processor(amd);
        assertEquals("AuthenticAMD", processor.vendor());
        assertEquals(32 << 10, processor.cacheBytes(1));
        assertEquals(1 << 20, processor.cacheBytes(2));
        assertEquals(0, processor.cacheBytes(3));
    }

    @Test
    void endsWhereAVirtualMachineNamesCachesForever() {
        Told endless = new Told();
        for (int i = 0; i < 1000; i++) {
            endless.put(4, i, 3 | 7 << 5, 0, 0, 0);
        }
        assertEquals(0, new Processor(endless).cacheBytes(1));
    }

    @Test
    void agreesWithTheSystem() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        assumeTrue(Files.exists(cpuinfo) && Processor.current().reason() == null);
        List<String> lines = Files.readAllLines(cpuinfo);
        Set<String> flags = Arrays.stream(value(lines, "flags").split(" ")).collect(Collectors.toSet());
        Processor processor = Processor.current();
        assertEquals(flags.contains("fma"), processor.fma());
        assertEquals(flags.contains("f16c"), processor.f16c());
        assertEquals(flags.containsAll(Set.of("avx2", "bmi2")), processor.avx2());
        boolean avx512 = flags.containsAll(Set.of("avx512f", "avx512bw", "avx512dq", "avx512vl"));
        assertEquals(avx512, processor.avx512());
        assertEquals(avx512 && flags.contains("avx512_vnni"), processor.avx512Vnni());
        assertEquals(flags.contains("avx_vnni"), processor.avxVnni());
        assertEquals(avx512 && flags.contains("avx512_bf16"), processor.avx512Bf16());
        assertEquals(value(lines, "vendor_id"), processor.vendor());
        assertEquals(value(lines, "model name"), processor.brand());
        Path firstCache = Path.of("/sys/devices/system/cpu/cpu0/cache/index0");
        if (Files.exists(firstCache.resolve("size"))) {
            assertEquals("1", Files.readString(firstCache.resolve("level")).strip());
            assertEquals(Files.readString(firstCache.resolve("size")).strip(), (processor.cacheBytes(1) >> 10) + "K");
        }
    }

    private static String value(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + "\t"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void saysWhyThereIsNothingWhereExecutableMemoryIsRefused() {
        System.setProperty(ExecutableMemory.PROPERTY, "refuse");
        try {
            assertThrows(ExecutableMemory.Refused.class, () -> ExecutableMemory.of(new byte[] {(byte) 0xC3}));
            Processor processor = Processor.ask();
            assertEquals("-Dfovea.cpu.executableMemory=refuse forbids executable memory", processor.reason());
            assertEquals("", features(processor));
            assertEquals(0, processor.cacheBytes(1));
        } finally {
            System.clearProperty(ExecutableMemory.PROPERTY);
        }
    }

    @Test
    void saysWhyThereIsNothingWhereTheKernelDeniesIt() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux")
                && Processor.current().reason() == null);
        // All of the JIT's own memory is taken at the start, before anything is denied.
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:InitialCodeCacheSize=16m",
                        "-XX:ReservedCodeCacheSize=16m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DenyingExecution.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor());
        assumeTrue(!said.equals(DenyingExecution.UNKNOWN), said);
        assertEquals("the system forbids executable memory (mprotect failed)", said);
    }

    @Test
    void saysWhyThereIsNothingOnOtherProcessorsAndSystems() {
        assertEquals("there is no machine code for processors of kind aarch64", reasonWith("os.arch", "aarch64"));
        assertEquals("it is not known how Plan 9 makes memory executable", reasonWith("os.name", "Plan 9"));
    }

    private static String reasonWith(String property, String value) {
        String before = System.setProperty(property, value);
        try {
            Processor processor = Processor.ask();
            assertNotNull(processor.reason());
            return processor.reason();
        } finally {
            System.setProperty(property, before);
        }
    }
}
