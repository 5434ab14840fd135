package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.tensor.Activation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.AssertionFailedError;

/** Puts {@link LoopTrial} on trial: mistakes planted in what writes loops over rows must be found by it. */
class LoopMistakesTest {

    private record Mistake(String function, Consumer<Assembler> emitter, Consumer<LoopTrial> trial) {}

    @TestFactory
    Stream<DynamicTest> mistakesAreFound() {
        InstructionSet set = LoopCodeTest.set();
        return mistakes(set, Convention.current()).entrySet().stream()
                .map(mistake -> DynamicTest.dynamicTest(mistake.getKey(), () -> find(set, mistake.getValue())));
    }

    private static void find(InstructionSet set, Mistake mistake) throws ExecutableMemory.Refused {
        LoopFunctions loops =
                LoopFunctions.write(set, with(mistake, LoopFunctions.functions(set, Convention.current())));
        TileFunctions tiles =
                TileFunctions.write(set, with(mistake, TileFunctions.functions(set, Convention.current())));
        try (LoopTrial trial = new LoopTrial(loops, tiles)) {
            assertThrows(AssertionFailedError.class, () -> mistake.trial.accept(trial));
        }
    }

    private static List<WrittenFunctions.Function> with(Mistake mistake, List<WrittenFunctions.Function> functions) {
        return functions.stream()
                .map(right -> right.name().equals(mistake.function)
                        ? new WrittenFunctions.Function(right.name(), mistake.emitter)
                        : right)
                .toList();
    }

    private static Map<String, Mistake> mistakes(InstructionSet set, Convention convention) {
        Map<String, Mistake> mistakes = new TreeMap<>();
        rows(set, convention, mistakes);
        exponentials(set, convention, mistakes);
        products(set, convention, mistakes);
        tiles(set, convention, mistakes);
        return mistakes;
    }

    private static void rows(InstructionSet set, Convention convention, Map<String, Mistake> mistakes) {
        mistakes.put(
                "layerNorm writes beyond the row",
                new Mistake(
                        "layernorm",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            void store(Address to, Vec from, boolean isRest) {
                                super.store(to, from, false);
                            }
                        }.emitLayerNorm(convention),
                        LoopTrial::layerNorms));
        mistakes.put(
                "layerNorm sums beyond the row",
                new Mistake(
                        "layernorm",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            void load(Vec to, Address from, boolean isRest) {
                                super.load(to, from, false);
                            }
                        }.emitLayerNorm(convention),
                        LoopTrial::layerNorms));
        mistakes.put(
                "layerNorm takes the mean for elements beyond the row",
                new Mistake(
                        "layernorm",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            void clearBeyond(Vec vector, boolean isRest) {}
                        }.emitLayerNorm(convention),
                        LoopTrial::layerNorms));
        mistakes.put(
                "layerNorm has no epsilon",
                new Mistake(
                        "layernorm",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            Address epsilon() {
                                return argument(4);
                            }
                        }.emitLayerNorm(convention),
                        LoopTrial::layerNorms));
        mistakes.put(
                "a sum has its lanes added in another order",
                new Mistake(
                        "sum",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            int swappedHalves() {
                                return super.swappedNeighbours();
                            }

                            @Override
                            int swappedNeighbours() {
                                return super.swappedHalves();
                            }
                        }.emitSum(convention),
                        LoopTrial::numbers));
        mistakes.put(
                "max takes zeros for what is beyond the row",
                new Mistake(
                        "max",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            void fillBeyond(Vec vector, Vec filling, boolean isRest) {}
                        }.emitMax(convention),
                        LoopTrial::numbers));
        mistakes.put(
                "max forgets NaN and the sign of zeros",
                new Mistake(
                        "max",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            void takeLarger(Vec value, Vec other) {
                                code.vmaxps(value, value, other);
                            }
                        }.emitMax(convention),
                        LoopTrial::numbers));
        mistakes.put(
                "add writes beyond the row",
                new Mistake(
                        "add",
                        code -> new RowLoopCode(set, code) {
                            @Override
                            void store(Address to, Vec from, boolean isRest) {
                                super.store(to, from, false);
                            }
                        }.emit(RowLoopCode.Combination.ADD, convention),
                        LoopTrial::elements));
        mistakes.put(
                "add takes the multiplication's place",
                new Mistake(
                        "multiply",
                        code -> new RowLoopCode(set, code).emit(RowLoopCode.Combination.ADD, convention),
                        LoopTrial::elements));
    }

    private static void exponentials(InstructionSet set, Convention convention, Map<String, Mistake> mistakes) {
        mistakes.put(
                "a coefficient of the error function is the one before",
                new Mistake(
                        "gelu",
                        code -> new ExponentialCode(set, code) {
                            @Override
                            float coefficient(float[] coefficients, int index) {
                                return coefficients[index == 2 ? 1 : index];
                            }
                        }.emit(Activation.GELU, convention),
                        trial -> trial.activation(Activation.GELU)));
        mistakes.put(
                "the highest power but one of e^r is left out",
                new Mistake(
                        "exp",
                        code -> new ExponentialCode(set, code) {
                            @Override
                            float coefficient(float[] coefficients, int index) {
                                return coefficients[index == 1 ? 0 : index];
                            }
                        }.emitExp(convention),
                        LoopTrial::exponentials));
        mistakes.put(
                "the power of NaN is infinite",
                new Mistake(
                        "exp",
                        code -> new ExponentialCode(set, code) {
                            @Override
                            int greater() {
                                int notLessOrEqual = 6;
                                return notLessOrEqual;
                            }
                        }.emitExp(convention),
                        LoopTrial::exponentials));
        mistakes.put(
                "halves of a row of scores are one",
                new Mistake(
                        "expcolumns",
                        code -> new ExponentialCode(set, code) {
                            @Override
                            Address column(int half) {
                                return super.column(0);
                            }
                        }.emitExpColumns(convention),
                        LoopTrial::columns));
        mistakes.put(
                "the largest score forgets NaN",
                new Mistake(
                        "expcolumns",
                        code -> new ExponentialCode(set, code) {
                            @Override
                            void takeLarger(Vec largest, Vec candidate) {
                                code.vmaxps(largest, candidate, largest);
                            }
                        }.emitExpColumns(convention),
                        LoopTrial::columns));
    }

    private static void products(InstructionSet set, Convention convention, Map<String, Mistake> mistakes) {
        mistakes.put(
                "dots read beyond the rows",
                new Mistake(
                        "dots",
                        code -> new DecoderCode(set, code) {
                            @Override
                            void load(Vec to, Address from, boolean isRest) {
                                super.load(to, from, false);
                            }
                        }.emitDots(convention),
                        LoopTrial::products));
        mistakes.put(
                "dots have their lanes added in another order",
                new Mistake(
                        "dots",
                        code -> new DecoderCode(set, code) {
                            @Override
                            int swappedHalves() {
                                return super.swappedNeighbours();
                            }

                            @Override
                            int swappedNeighbours() {
                                return super.swappedHalves();
                            }
                        }.emitDots(convention),
                        LoopTrial::products));
        mistakes.put(
                "weightedSum writes beyond the row",
                new Mistake(
                        "weightedsum",
                        code -> new DecoderCode(set, code) {
                            @Override
                            void store(Address to, Vec from, boolean isRest) {
                                super.store(to, from, false);
                            }
                        }.emitWeightedSum(convention),
                        LoopTrial::products));
        mistakes.put(
                "weightedSum takes the weight of the row before",
                new Mistake(
                        "weightedsum",
                        code -> new DecoderCode(set, code) {
                            @Override
                            Address weight() {
                                return super.weight().plus(-Float.BYTES);
                            }
                        }.emitWeightedSum(convention),
                        LoopTrial::products));
        mistakes.put(
                "sumOfProducts multiplies a row by itself",
                new Mistake(
                        "sumofproducts",
                        code -> new ProductSumCode(set, code) {
                            @Override
                            Address row(int which) {
                                return super.row(0);
                            }
                        }.emit(convention),
                        LoopTrial::sumsOfProducts));
        mistakes.put(
                "sumOfProducts writes beyond the row",
                new Mistake(
                        "sumofproducts",
                        code -> new ProductSumCode(set, code) {
                            @Override
                            void store(Address to, Vec from, boolean isRest) {
                                super.store(to, from, false);
                            }
                        }.emit(convention),
                        LoopTrial::sumsOfProducts));
    }

    private static void tiles(InstructionSet set, Convention convention, Map<String, Mistake> mistakes) {
        mistakes.put(
                "a tile multiplies a row by the one before",
                new Mistake(
                        "packedtile4",
                        code -> new PackedTileCode(set, code) {
                            @Override
                            Address element(int row, int group) {
                                return super.element(Math.max(0, row - 1), group);
                            }
                        }.emitTile(4, 4, convention),
                        LoopTrial::tiles));
        mistakes.put(
                "both halves of a low tile have the first one's scales",
                new Mistake(
                        "lowtile1ofbytes",
                        code -> new PackedTileCode(set, code) {
                            @Override
                            Address scale(int panel, int half) {
                                return super.scale(panel, 0);
                            }
                        }.emitLowTile(1, true, convention),
                        LoopTrial::lowTiles));
        mistakes.put(
                "upper squares are packed as lower ones",
                new Mistake(
                        "pack",
                        code -> new PackedTileCode(set, code) {
                            @Override
                            int upperHalves() {
                                return 0x20;
                            }
                        }.emitPack(convention),
                        LoopTrial::packing));
        mistakes.put(
                "a bfloat16 is shifted by one place too few",
                new Mistake(
                        "widenbfloat",
                        code -> new WideningCode(set, code) {
                            @Override
                            int placesOfBfloat() {
                                return super.placesOfBfloat() - 1;
                            }
                        }.emitBfloat(convention),
                        LoopTrial::widening));
        mistakes.put(
                "both halves of a row are widened with the first one's scales",
                new Mistake(
                        "widenbytes",
                        code -> new WideningCode(set, code) {
                            @Override
                            Address scale(int half) {
                                return super.scale(0);
                            }
                        }.emitBytes(convention),
                        LoopTrial::widening));
        mistakes.put(
                "the square of a transform is read in the wrong order",
                new Mistake(
                        "winogradoutput",
                        code -> new WinogradCode(set, code) {
                            private int asked;

                            @Override
                            Address ofSquare(int row, int column) {
                                return asked++ == 30 ? super.ofSquare(column + 1, row) : super.ofSquare(row, column);
                            }
                        }.emitOutput(convention),
                        LoopTrial::winograd));
    }
}
