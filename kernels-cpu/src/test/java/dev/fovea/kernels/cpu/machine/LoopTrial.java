package dev.fovea.kernels.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.kernels.cpu.layout.PackedMatrix;
import dev.fovea.kernels.cpu.layout.PackedTile;
import dev.fovea.kernels.cpu.loops.Kernels;
import dev.fovea.kernels.cpu.loops.MachineLoops;
import dev.fovea.kernels.cpu.loops.VectorKernels;
import dev.fovea.kernels.cpu.memory.Memory;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.DType;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;

/**
 * Puts loops in machine code on trial beside those of the Vector API: both work on the same memory, which has
 * the same bits afterwards, beyond the rows as well. Any NaN is as good as another.
 */
final class LoopTrial implements AutoCloseable {

    private static final int FLOATS = 1 << 18;
    private static final int CANARIES = 64;

    private static final int[] COUNTS = {
        1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 79, 100, 128, 147, 257
    };

    private static final float[] SPECIAL = {
        0f,
        -0f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        -Float.MIN_NORMAL / 3,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        1e30f,
        -1e30f,
        88.37626f,
        88.4f,
        -87.33654f,
        -87.4f,
        -103f,
        4 * 1.4142135f,
        -4 * 1.4142135f,
        1f,
        -1f,
        0x1p-30f
    };

    /** Kinds of content. */
    private enum Content {
        /** Of the size that layers have. */
        USUAL,
        /** Of many sizes, some of which overflow. */
        WIDE,
        /** All that is special, among usual numbers. */
        SPECIAL,
        /** Zeros of both signs. */
        ZEROS,
        /** Not even normal numbers. */
        TINY
    }

    /** Does something with rows of floats that begin at an address. */
    private interface Work {
        float run(Kernels kernels, long at);
    }

    private final Arena arena = Arena.ofConfined();
    private final long expected = arena.allocate(FLOATS * 4L, 64).address();
    private final long found = arena.allocate(FLOATS * 4L, 64).address();
    private final Random random = new Random(11);
    private final Kernels vectors = new VectorKernels();
    private final Kernels machine;

    LoopTrial(LoopFunctions functions, TileFunctions tiles) {
        machine = new MachineLoops(functions, tiles);
    }

    @Override
    public void close() {
        arena.close();
    }

    private float number(Content content) {
        return switch (content) {
            case USUAL -> (float) random.nextGaussian() * 3;
            case WIDE -> (float) (random.nextGaussian() * Math.pow(10, random.nextInt(80) - 41));
            case SPECIAL ->
                random.nextInt(3) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : (float) random.nextGaussian() * 40;
            case ZEROS -> random.nextBoolean() ? 0f : -0f;
            case TINY -> Float.intBitsToFloat(random.nextInt(0x00ffffff)) * (random.nextBoolean() ? 1 : -1);
        };
    }

    /**
     * Runs some work on both.
     *
     * @param floats that the work may touch, canaries not counted
     */
    private void compare(String name, Content content, int floats, Work work) {
        int all = floats + 2 * CANARIES;
        for (int i = 0; i < all; i++) {
            float value = number(content);
            Memory.set(expected + i * 4L, value);
            Memory.set(found + i * 4L, value);
        }
        float result = work.run(vectors, expected + CANARIES * 4L);
        assertEquals(bits(result), bits(work.run(machine, found + CANARIES * 4L)), name + " of " + content);
        for (int i = 0; i < all; i++) {
            int place = i;
            assertEquals(
                    bits(Memory.get(expected + i * 4L)),
                    bits(Memory.get(found + i * 4L)),
                    () -> name + " of " + content + ": float " + (place - CANARIES) + ", "
                            + Memory.get(expected + place * 4L) + " and " + Memory.get(found + place * 4L));
        }
    }

    private static int bits(float value) {
        return Float.floatToIntBits(value);
    }

    /** Runs some work of which the first count is how many floats a row has. */
    private void compareAll(String name, int floatsOfCount, RowWork work) {
        for (Content content : Content.values()) {
            for (int count : COUNTS) {
                // Another beginning each time: nothing may depend on where a row lies.
                int begin = random.nextInt(5);
                compare(
                        name + " of " + count,
                        content,
                        begin + floatsOfCount * (count + CANARIES),
                        (kernels, at) -> work.run(kernels, at + begin * 4L, count));
            }
        }
    }

    private interface RowWork {
        float run(Kernels kernels, long at, int count);
    }

    /** Runs all functions. */
    void all() {
        for (Activation activation : Activation.values()) {
            activation(activation);
        }
        exponentials();
        columns();
        elements();
        layerNorms();
        numbers();
        sumsOfProducts();
        products();
        crossProducts();
        tiles();
        endsOfTiles();
        lowTiles();
        packing();
        widening();
        winograd();
    }

    void activation(Activation activation) {
        compareAll(activation.name(), 1, (kernels, at, count) -> {
            kernels.activate(activation, at, count);
            return 0;
        });
        sweep(activation.name(), (kernels, at, count) -> {
            kernels.activate(activation, at, count);
            return 0;
        });
    }

    /** Runs some work on evenly spaced numbers, in more than one call. */
    private void sweep(String name, RowWork work) {
        int count = LoopFunctions.MOST_FLOATS + 100;
        compare(name + " of a long row", Content.USUAL, count + CANARIES, (kernels, at) -> {
            for (int i = 0; i < count; i++) {
                Memory.set(at + i * 4L, (i - count / 2) * 0.003f);
            }
            return work.run(kernels, at, count);
        });
    }

    void exponentials() {
        compareAll("exp", 1, (kernels, at, count) -> {
            kernels.exp(at, 0.7f, -0.3f, count);
            return 0;
        });
        sweep("exp", (kernels, at, count) -> {
            kernels.exp(at, 1, 0, count);
            return 0;
        });
    }

    void columns() {
        int columns = vectors.panelColumns();
        for (Content content : Content.values()) {
            for (int rows : new int[] {1, 2, 3, 7, 50, 197}) {
                compare("expColumns of " + rows, content, (rows + 2) * columns, (kernels, at) -> {
                    kernels.expColumns(at, rows, 0.125f, at + 4L * (rows + 1) * columns);
                    return 0;
                });
            }
        }
        for (int rows : new int[] {0, LoopFunctions.MOST_FLOATS / columns + 1}) {
            compare("expColumns of " + rows, Content.USUAL, (rows + 2) * columns, (kernels, at) -> {
                kernels.expColumns(at, rows, 2, at + 4L * (rows + 1) * columns);
                return 0;
            });
        }
    }

    void elements() {
        for (int rows : new int[] {0, 1, 2, 5}) {
            compareAll("add of " + rows + " rows", 3 * rows + 3, (kernels, at, count) -> {
                long b = at + 4L * (rows + 1) * (count + 3);
                long out = b + 4L * (rows + 1) * (count + 1);
                kernels.add(at, 4L * (count + 3), b, 4L * (count + 1), out, 4L * (count + 2), rows, count);
                return 0;
            });
            compareAll("copy of " + rows + " rows", 2 * rows + 2, (kernels, at, count) -> {
                long out = at + 4L * (rows + 1) * (count + 5);
                kernels.copy(at, 4L * (count + 5), out, 4L * (count + 2), rows, count);
                return 0;
            });
        }
        compareAll("multiply", 3, (kernels, at, count) -> {
            kernels.multiply(at, at + 4L * count, at + 8L * count, count);
            return 0;
        });
        compareAll("larger", 3, (kernels, at, count) -> {
            kernels.larger(at, at + 4L * count, at + 8L * count, count);
            return 0;
        });
        compareAll("scale", 2, (kernels, at, count) -> {
            kernels.scale(at, 1.3f, -0.2f, at + 4L * count, count);
            return 0;
        });
        compareAll("scale in place", 1, (kernels, at, count) -> {
            kernels.scale(at, -0.1f, 0, at, count);
            return 0;
        });
        int most = LoopFunctions.MOST_FLOATS;
        compare("add of many rows", Content.USUAL, 3 * most, (kernels, at) -> {
            kernels.add(at, 400, at + 4L * most, 400, at + 8L * most, 400, most / 100, 100);
            return 0;
        });
        compare("copy of many rows", Content.USUAL, 2 * most + 100, (kernels, at) -> {
            kernels.copy(at, 40, at + 4L * most, 40, most / 10 + 1, 10);
            return 0;
        });
    }

    void layerNorms() {
        for (float epsilon : new float[] {1e-5f, 1e-12f, 0}) {
            compareAll("layerNorm with " + epsilon, 4, (kernels, at, count) -> {
                long gamma = at + 4L * count;
                kernels.layerNorm(at, gamma, gamma + 4L * count, epsilon, gamma + 8L * count, count);
                return 0;
            });
        }
        compareAll("layerNorm in place", 3, (kernels, at, count) -> {
            kernels.layerNorm(at, at + 4L * count, at + 8L * count, 1e-6f, at, count);
            return 0;
        });
    }

    void numbers() {
        compareAll("sum", 1, (kernels, at, count) -> kernels.sum(at, count));
        compareAll("sumOfSquares", 1, (kernels, at, count) -> kernels.sumOfSquares(at, count));
        compareAll("max", 1, (kernels, at, count) -> kernels.max(at, count));
        compare("sum of none", Content.USUAL, 1, (kernels, at) -> kernels.sum(at, 0));
        compare("sumOfSquares of none", Content.USUAL, 1, (kernels, at) -> kernels.sumOfSquares(at, 0));
        compare("max of none", Content.USUAL, 1, (kernels, at) -> kernels.max(at, 0));
        int count = LoopFunctions.MOST_FLOATS + 1;
        compare("sum of a long row", Content.USUAL, count, (kernels, at) -> kernels.sum(at, count));
    }

    void sumsOfProducts() {
        for (int terms : new int[] {0, 1, 3, 9}) {
            compareAll("sumOfProducts of " + terms + " terms", 2 * terms + 2, (kernels, at, count) -> {
                long[] first = new long[terms];
                long[] second = new long[terms];
                for (int term = 0; term < terms; term++) {
                    first[term] = at + 4L * count * (2 + 2 * term);
                    second[term] = at + 4L * count * (3 + 2 * term);
                }
                kernels.sumOfProducts(first, second, terms, at, at + 4L * count, count);
                return 0;
            });
        }
    }

    void products() {
        for (int rows : new int[] {0, 1, 2, 5, 17, 33}) {
            compareAll("dots of " + rows + " rows", rows + 2, (kernels, at, count) -> {
                long from = at + 4L * count;
                long scores = from + 4L * (count + 3) * rows;
                kernels.dots(at, from, 4L * (count + 3), rows, count, scores);
                return 0;
            });
            for (boolean isFresh : new boolean[] {true, false}) {
                compareAll("weightedSum of " + rows + " rows, " + isFresh, rows + 2, (kernels, at, count) -> {
                    long from = at + 4L * rows;
                    long out = from + 4L * (count + 1) * rows;
                    kernels.weightedSum(at, from, 4L * (count + 1), rows, count, isFresh, out);
                    return 0;
                });
            }
        }
        int rows = LoopFunctions.MOST_FLOATS / 64 + 3;
        compare("dots of many rows", Content.USUAL, rows * 64 + 64 + rows, (kernels, at) -> {
            kernels.dots(at, at + 256, 256, rows, 64, at + 256 * (rows + 1L));
            return 0;
        });
        compare("weightedSum of many rows", Content.USUAL, rows * 65 + 64, (kernels, at) -> {
            kernels.weightedSum(at, at + 4L * rows, 256, rows, 64, true, at + 260L * rows);
            return 0;
        });
    }

    void crossProducts() {
        int columns = vectors.panelColumns();
        for (int rows : new int[] {0, 1, 7, 40}) {
            for (int count : new int[] {1, 8, columns - 3, columns, 2 * columns, 2 * columns + 5}) {
                int stride = count + columns;
                compare("crossProducts of " + count, Content.USUAL, (2 * rows + count) * stride, (kernels, at) -> {
                    long b = at + 4L * rows * stride;
                    kernels.crossProducts(
                            at, 4L * stride, b, 4L * stride, rows, count, b + 4L * rows * stride, 4L * stride);
                    return 0;
                });
            }
        }
    }

    private float[] array(Content content, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = number(content);
        }
        return numbers;
    }

    void tiles() {
        int columns = vectors.panelColumns();
        for (int rows : new int[] {12, 8, 6, 4, 1}) {
            if (rows > vectors.tallestTile()) {
                continue;
            }
            for (Content content : Content.values()) {
                for (int depth : new int[] {0, 1, 5, 83}) {
                    int packedDepth = depth + 9;
                    float[] a = array(content, rows * packedDepth);
                    int offset = PackedTile.place(rows, 6);
                    int stride = columns + 3;
                    compare("tile of " + rows, content, (depth + 1) * columns + rows * stride, (kernels, at) -> {
                        long start = at + 4L * depth * columns;
                        long c = start + 4L * columns;
                        kernels.tile(rows, a, offset, packedDepth, at, depth, start, c, 4L * stride, at);
                        return 0;
                    });
                }
            }
        }
    }

    void endsOfTiles() {
        int columns = vectors.panelColumns();
        int stride = columns + 5;
        for (Content content : Content.values()) {
            for (int rows : new int[] {1, 5, 12}) {
                for (boolean isAdded : new boolean[] {false, true}) {
                    for (boolean relu : new boolean[] {false, true}) {
                        compare("endTile of " + rows, content, rows * (columns + 2 * stride), (kernels, at) -> {
                            long added = at + 4L * rows * columns;
                            long out = added + 4L * rows * stride;
                            kernels.endTile(at, isAdded ? added : 0, 4L * stride, relu, out, 4L * stride, rows);
                            return 0;
                        });
                    }
                }
            }
        }
    }

    void lowTiles() {
        int columns = vectors.panelColumns();
        for (DType dtype : new DType[] {DType.F32, DType.I8}) {
            int inputs = 200;
            PackedMatrix weight = new PackedMatrix(inputs, 5 * columns, columns, dtype);
            float[] numbers = array(Content.USUAL, inputs * 5 * columns);
            for (int panel = 0; panel < weight.panels(); panel++) {
                weight.pack(
                        panel,
                        (output, from, target, offset, count) ->
                                System.arraycopy(numbers, output * inputs + from, target, offset, count));
            }
            for (int rows : new int[] {1, 4}) {
                int panels = machine.panelsOfLowTile(dtype, rows);
                if (panels == 0) {
                    continue;
                }
                int width = panels * columns;
                float[] a = array(Content.USUAL, rows * inputs);
                for (int depth : new int[] {1, 64, 71, 136}) {
                    compare("lowTile of " + rows + " rows of " + dtype, Content.USUAL, (1 + rows) * width, (k, at) -> {
                        k.lowTile(rows, weight, 1, 64, a, PackedTile.place(rows, 64), depth, at, at + 4L * width);
                        return 0;
                    });
                }
            }
        }
    }

    void packing() {
        for (int height : new int[] {12, 8, 6, 4, 1}) {
            for (int depth : new int[] {1, 5, 8, 27, 64, 83}) {
                int stride = depth + 3;
                int count = depth - depth / 4;
                int offset = PackedTile.place(height, depth / 4);
                int rows = 1 + random.nextInt(height);
                compare("pack of " + height, Content.SPECIAL, height * stride, (kernels, at) -> {
                    float[] to = new float[height * depth];
                    kernels.pack(at, 4L * stride, rows, to, offset, height, depth, count);
                    return Arrays.hashCode(to);
                });
                compare("packColumns of " + height, Content.SPECIAL, depth * (height + 1), (kernels, at) -> {
                    float[] to = new float[height * depth];
                    kernels.packColumns(at, 4L * (height + 1), count, to, offset, height, depth, rows);
                    return Arrays.hashCode(to);
                });
            }
        }
    }

    void widening() {
        int columns = vectors.panelColumns();
        for (DType dtype : new DType[] {DType.F16, DType.BF16, DType.I8}) {
            for (Content content : Content.values()) {
                for (int rows : new int[] {1, 2, 64}) {
                    compare("widen " + dtype, content, (2 * rows + 1) * columns, (kernels, at) -> {
                        long to = at + 4L * (rows + 1) * columns;
                        kernels.widen(dtype, false, at + 4L * columns, at, to, rows * columns);
                        return 0;
                    });
                }
            }
        }
    }

    void winograd() {
        int lanes = vectors.panelColumns() / 2;
        for (Content content : Content.values()) {
            for (int channels : new int[] {lanes, 3 * lanes}) {
                int stride = channels + lanes;
                compare("winogradInput of " + channels, content, 2 * 36 * stride, (kernels, at) -> {
                    long[] pixels = new long[36];
                    Arrays.setAll(pixels, i -> at + 4L * (35 - i) * stride);
                    kernels.winogradInput(pixels, lanes, at + 4L * 36 * stride, 4L * stride, channels);
                    return 0;
                });
                compare("winogradOutput of " + channels, content, (36 + 1 + 4 * 5) * stride, (kernels, at) -> {
                    long bias = at + 4L * 36 * stride;
                    long to = bias + 4L * stride;
                    kernels.winogradOutput(at, 4L * stride, bias, to, 4L * stride, 4L * 5 * stride, channels);
                    return 0;
                });
            }
        }
    }
}
