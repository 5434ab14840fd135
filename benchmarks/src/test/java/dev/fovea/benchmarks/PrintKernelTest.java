package dev.fovea.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backends;
import dev.fovea.tensor.FoveaException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintKernelTest {

    @Test
    void listsNames() {
        List<String> names = PrintKernel.text().lines().toList();
        assertTrue(
                names.containsAll(List.of(
                        "tile12-int8-avx512",
                        "tile6-int8-avxvnni",
                        "tile1-int16-avx2",
                        "rows-bf16-avx512",
                        "mix6-attention-avx2",
                        "layernorm-avx512",
                        "packedtile6-avx2",
                        "lowtile4ofbytes-avx512",
                        "winogradinput-avx512",
                        "depthwise7-avx2")),
                names.toString());
        // Tiles of up to 12 and 6 rows, rows, weights and, on 512 bits, panels; four precisions, two, and two. What
        // bytes start from.
        int products = 4 * 15 + 2 * 8 + 2 * 8 + 1;
        // Scores, mixes and crosses of as many rows, and the turning of queries on 512 bits.
        int attention = 3 * (12 + 6) + 1;
        // Seven activations and fourteen other loops over rows.
        int loops = 2 * (7 + 14);
        // Tiles of five and three heights, low tiles of two kinds, packing, three widenings, two of Winograd's
        // transforms.
        int tiles = (5 + 2 * 2 + 6) + (3 + 2 + 6);
        // Kernels three and seven pixels wide.
        int depthwise = 2 * 2;
        assertEquals(products + attention + loops + tiles + depthwise, names.size());
        for (String name : names) {
            List<String> lines = PrintKernel.text(name).lines().toList();
            assertTrue(lines.stream().anyMatch(line -> line.matches(".* ret +; returns to Java")), name);
            lines.stream()
                    .filter(line -> !line.endsWith(":"))
                    .forEach(line -> assertTrue(
                            line.matches(".* {2}; .+") && !line.contains("{0}") && !line.contains("{m}"), line));
        }
    }

    @Test
    void aNameWithoutInstructionsMeansTheWidest() {
        assertEquals(PrintKernel.text("tile12-int8-avx512"), PrintKernel.text("tile12-int8"));
        assertEquals(PrintKernel.text("tile6-int8-avx512"), PrintKernel.text("tile6-int8"));
        String narrow = PrintKernel.text("tile6-int8-avxvnni");
        assertEquals(
                6 * 2 * 4,
                narrow.lines()
                        .filter(line -> line.contains("{vex} vpdpbusd ymm"))
                        .count());
        assertTrue(!narrow.contains("zmm"), narrow);
    }

    @Test
    void commentsSayWhatAnInstructionDoes() {
        String tile = PrintKernel.text("tile12-f32-avx512");
        assertTrue(tile.contains("vbroadcastss zmm26, [r8] "), tile);
        for (String comment : List.of(
                "; zmm26 = one number of A, 16 times",
                "; zmm24 = 16 numbers of B",
                "; zmm0 += zmm26 * zmm24, 16 numbers at once",
                "; 16 numbers of zmm1 to C",
                "; goes on at L4 unless that was 0")) {
            assertTrue(tile.contains(comment), comment + "\n" + tile);
        }
        for (String name : Backends.kernels("cpu")) {
            assertEquals(PrintKernel.text(name), Backends.listing("cpu", name));
        }
    }

    @Test
    void namesThatAreNone() {
        assertEquals(
                "no kernel is called 'tile13-int8'; benchmarks/run listing prints the names of all",
                assertThrows(FoveaException.class, () -> PrintKernel.text("tile13-int8"))
                        .getMessage());
        assertThrows(FoveaException.class, () -> PrintKernel.text("tile1-int8", "tile2-int8"));
    }
}
