package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.AssertionFailedError;

/**
 * Puts {@link ProductTrial} on trial: mistakes planted in what writes kernels must be found by it, with every
 * instruction set.
 */
class ProductMistakesTest {

    private static final int GROUPS = 3;

    /** Makes a kernel with a mistake in it. */
    private interface BrokenTile {
        TileCode of(GroupLayout layout, InstructionSet set, int rows, Assembler code);
    }

    private interface BrokenRows {
        RowCode of(GroupLayout layout, InstructionSet set, Assembler code);
    }

    @TestFactory
    Stream<DynamicTest> mistakesInTilesAreFound() {
        return ProductCodeTest.integers()
                .flatMap(each -> tiles((Precision) each[0]).entrySet().stream()
                        .map(mistake -> DynamicTest.dynamicTest(
                                each[0] + " " + each[1] + ": " + mistake.getKey(),
                                () -> findTile((Precision) each[0], (InstructionSet) each[1], mistake.getValue()))));
    }

    @TestFactory
    Stream<DynamicTest> mistakesInRowsAreFound() {
        return ProductCodeTest.integers()
                .flatMap(each -> rows().entrySet().stream()
                        .map(mistake -> DynamicTest.dynamicTest(
                                each[0] + " " + each[1] + ": " + mistake.getKey(),
                                () -> findRows((Precision) each[0], (InstructionSet) each[1], mistake.getValue()))));
    }

    private static void findTile(Precision precision, InstructionSet set, BrokenTile broken)
            throws ExecutableMemory.Refused {
        ProductCodeTest.code(precision, set);
        GroupLayout layout = ProductCode.layout(precision, set);
        List<WrittenFunctions.Function> functions =
                new ArrayList<>(ProductCode.functions(precision, set, Convention.current()));
        for (int rows = 1; rows <= set.tallest(); rows++) {
            int height = rows;
            functions.set(
                    rows - 1,
                    new WrittenFunctions.Function(
                            "broken",
                            code -> broken.of(layout, set, height, code).emit(Convention.current())));
        }
        ProductCode code = ProductCode.write(precision, set, functions);
        for (int rows : new int[] {3, set.tallest()}) {
            try (ProductTrial trial = new ProductTrial()) {
                assertThrows(AssertionFailedError.class, () -> trial.tile(code, rows, GROUPS), rows + " rows");
            }
        }
    }

    private static void findRows(Precision precision, InstructionSet set, BrokenRows broken)
            throws ExecutableMemory.Refused {
        ProductCodeTest.code(precision, set);
        GroupLayout layout = ProductCode.layout(precision, set);
        List<WrittenFunctions.Function> functions =
                new ArrayList<>(ProductCode.functions(precision, set, Convention.current()));
        functions.set(
                set.tallest(),
                new WrittenFunctions.Function(
                        "broken",
                        code -> broken.of(layout, set, code)
                                .emit(precision.largestInput(), precision == Precision.INT8, Convention.current())));
        ProductCode code = ProductCode.write(precision, set, functions);
        try (ProductTrial trial = new ProductTrial()) {
            assertThrows(AssertionFailedError.class, () -> trial.rows(code));
        }
    }

    /** All read and write within the memory of the trial, whose canaries see the rest. */
    private static Map<String, BrokenTile> tiles(Precision precision) {
        Map<String, BrokenTile> mistakes = new TreeMap<>();
        mistakes.put("rows of x lie a word closer", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
            @Override
            Address rowWord(int row, int step) {
                return super.rowWord(row, step).plus(-row * Integer.BYTES);
            }
        });
        mistakes.put(
                "the last row of x is the one before",
                (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address rowWord(int row, int step) {
                        return super.rowWord(Math.min(row, rows - 2), step);
                    }
                });
        mistakes.put(
                "scales of x are those of the row before",
                (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address rowScale(int row) {
                        return super.rowScale(Math.max(0, row - 1));
                    }
                });
        mistakes.put(
                "scales of W are those of the other half",
                (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address panelScales(int half) {
                        return super.panelScales(1 - half);
                    }
                });
        mistakes.put(
                "halves of a panel are swapped", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address panelWords(int step, int half) {
                        return super.panelWords(step, 1 - half);
                    }
                });
        mistakes.put(
                "halves of one step are swapped", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address panelWords(int step, int half) {
                        return super.panelWords(step, step == 3 ? 1 - half : half);
                    }
                });
        mistakes.put(
                "a step is multiplied twice, the next one not",
                (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address panelWords(int step, int half) {
                        return super.panelWords(step & ~1, half);
                    }

                    @Override
                    Address rowWord(int row, int step) {
                        return super.rowWord(row, step & ~1);
                    }
                });
        mistakes.put("a group too few", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
            @Override
            void load(Convention convention) {
                super.load(convention);
                code.dec(LENGTH);
            }
        });
        mistakes.put("the start is not added", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
            @Override
            void startResults(boolean integers) {}
        });
        mistakes.put(
                "halves of the start are swapped", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address start(int half) {
                        return super.start(1 - half);
                    }
                });
        mistakes.put(
                "results are a float further on", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address result(int row, int half) {
                        return super.result(row, half).plus(Float.BYTES);
                    }
                });
        mistakes.put(
                "the last row of results is not written",
                (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address result(int row, int half) {
                        return super.result(Math.min(row, rows - 2), half);
                    }
                });
        mistakes.put(
                "results go a float further on", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address to(int half) {
                        return super.to(half).plus(Float.BYTES);
                    }
                });
        mistakes.put(
                "halves of what is added are swapped",
                (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                    @Override
                    Address added(int half) {
                        return super.added(1 - half);
                    }
                });
        mistakes.put("all tiles are the first one", (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
            @Override
            Address nextTile() {
                return argument(TILES_ARGUMENT + 2);
            }
        });
        if (precision == Precision.INT8) {
            mistakes.put(
                    "sums start from those of the other half",
                    (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                        @Override
                        Address sumStart(int half) {
                            return super.sumStart(1 - half);
                        }
                    });
            mistakes.put(
                    "signed and unsigned are swapped",
                    (layout, set, rows, code) -> new TileCode(layout, set, rows, code) {
                        @Override
                        void dot(Vec sum, Vec left, Vec right) {
                            super.dot(sum, right, left);
                        }
                    });
        }
        return mistakes;
    }

    private static Map<String, BrokenRows> rows() {
        Map<String, BrokenRows> mistakes = new TreeMap<>();
        mistakes.put(
                "packed vectors are left as they are packed", (layout, set, code) -> new RowCode(layout, set, code) {
                    @Override
                    int[] order() {
                        int[] order = super.order();
                        java.util.Arrays.setAll(order, i -> i);
                        return order;
                    }
                });
        mistakes.put("the largest of half a group", (layout, set, code) -> new RowCode(layout, set, code) {
            @Override
            int searched() {
                return super.searched() / 2;
            }
        });
        mistakes.put("the smallest scale is zero", (layout, set, code) -> new RowCode(layout, set, code) {
            @Override
            float smallest() {
                return 0;
            }
        });
        mistakes.put("the sign counts as magnitude", (layout, set, code) -> new RowCode(layout, set, code) {
            @Override
            int magnitudeBits() {
                return -1;
            }
        });
        mistakes.put("infinities have an infinite scale", (layout, set, code) -> new RowCode(layout, set, code) {
            @Override
            void makeNaN(Vec scale, Vec free) {}
        });
        return mistakes;
    }
}
