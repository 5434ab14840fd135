package dev.fovea.tensor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each operation of the reference means, in numbers that anyone can check in their head. */
class ReferenceBackendTest {

    private static final float NAN = Float.NaN;
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private final Backend backend = new ReferenceBackend();

    private Tensor of(int rows, int columns, float... values) {
        return backend.tensor(rows, columns, values);
    }

    private static WeightData weight(String name, Shape shape, float... values) {
        return WeightData.of(name, shape, values);
    }

    private static void holds(Tensor tensor, int rows, int columns, float... values) {
        assertEquals(Shape.of(rows, columns), tensor.shape());
        assertArrayEquals(values, tensor.toArray(), 1e-6f);
    }

    @Test
    void linearIsRowsTimesRowsOfTheWeight() {
        Weight.Linear layer = backend.linearWeight(
                List.of(weight("w", Shape.of(3, 2), 1, 2, 3, 4, 5, 6)),
                List.of(weight("b", Shape.of(3), 10, 20, 30)),
                null);
        holds(backend.linear(of(2, 2, 1, 1, 2, 0), layer, Fusion.NONE), 2, 3, 13, 27, 41, 12, 26, 40);
        assertEquals(2, layer.inputs());
        assertEquals(3, layer.outputs());
        assertEquals("w", layer.name());
    }

    /** norm, product, bias, activation, residual: in this order. */
    @Test
    void linearFusesInOrder() {
        Weight.Linear layer = backend.linearWeight(
                List.of(weight("w", Shape.of(2, 2), 1, 0, 0, 1)), List.of(weight("b", Shape.of(2), 1, -3)), null);
        LayerNorm norm = new LayerNorm(of(1, 2, 2, 2), of(1, 2, 0, 1), 0);
        // (5, 1) normalised is (1, -1), times 2 plus (0, 1): (2, -1); plus bias (3, -4); relu (3, 0); minus 7.
        holds(backend.linear(of(1, 2, 5, 1), layer, new Fusion(norm, Activation.RELU, of(1, 2, -7, -7))), 1, 2, -4, -7);
    }

    @Test
    void matricesSideBySideKeepTheirOrder() {
        Weight.Linear layer = backend.linearWeight(
                List.of(weight("q", Shape.of(1, 2), 1, 0), weight("k", Shape.of(2, 2), 0, 1, 1, 1)),
                List.of(weight("qb", Shape.of(1), 100), weight("kb", Shape.of(2), 0, 200)),
                null);
        holds(backend.linear(of(1, 2, 3, 4), layer, Fusion.NONE), 1, 3, 103, 4, 207);
        assertEquals("q+k", layer.name());
    }

    @Test
    void weightsAreRoundedToTheirStorage() {
        WeightData matrix = weight("w", Shape.of(1, 2), 1 + 0x1p-9f, 127);
        Tensor first = of(1, 2, 1, 0);
        holds(backend.linear(first, stored(matrix, DType.F32), Fusion.NONE), 1, 1, 1 + 0x1p-9f);
        holds(backend.linear(first, stored(matrix, DType.F16), Fusion.NONE), 1, 1, 1 + 0x1p-9f);
        assertEquals(
                1f,
                backend.linear(first, stored(matrix, DType.BF16), Fusion.NONE).toArray()[0]);
        // The group's largest is 127, so its scale is 1.
        assertEquals(
                1f, backend.linear(first, stored(matrix, DType.I8), Fusion.NONE).toArray()[0]);
        assertEquals(DType.I8, stored(matrix, DType.I8).dtype());
        assertEquals(DType.F32, stored(matrix, null).dtype());
    }

    private Weight.Linear stored(WeightData matrix, DType storage) {
        return backend.linearWeight(List.of(matrix), List.of(), storage);
    }

    @Test
    void products() {
        holds(backend.matmul(of(1, 2, 1, 2), of(2, 3, 1, 2, 3, 4, 5, 6)), 1, 3, 9, 12, 15);
        holds(backend.matmulTransposed(of(1, 2, 1, 2), of(3, 2, 1, 2, 3, 4, 5, 6)), 1, 3, 5, 11, 17);
        holds(backend.matmul(of(2, 0), of(0, 3)), 2, 3, 0, 0, 0, 0, 0, 0);
    }

    /** Scores of 0 and log 3: weights of 1/4 and 3/4. */
    @Test
    void attentionWeighsValues() {
        float log3 = (float) Math.log(3);
        Segments one = Segments.ofLengths(1);
        Segments two = Segments.ofLengths(2);
        holds(
                backend.attention(
                        of(2, 1, 1, 50),
                        of(2, 1, 0, log3),
                        of(2, 2, 0, 8, 4, 16),
                        one,
                        two,
                        new AttentionShape(1, 1, AttentionShape.Mask.NONE)),
                2,
                2,
                3,
                14,
                0,
                0);
        // The scale is a factor: 2 log 3 makes 1/10 and 9/10.
        holds(
                backend.attention(
                        of(1, 1, 1),
                        of(2, 1, 0, log3),
                        of(2, 1, 0, 10),
                        one,
                        two,
                        new AttentionShape(1, 2, AttentionShape.Mask.NONE)),
                1,
                1,
                9);
    }

    @Test
    void causalQueriesSeeKeysUpToTheirOwn() {
        Segments two = Segments.ofLengths(2);
        Segments three = Segments.ofLengths(3);
        AttentionShape causal = new AttentionShape(1, 0, AttentionShape.Mask.CAUSAL);
        Tensor values = of(3, 1, 3, 6, 12);
        // All scores are 0: means of what is seen.
        holds(backend.attention(of(3, 1, 1, 1, 1), values, values, three, three, causal), 3, 1, 3, 4.5f, 7);
        holds(backend.attention(of(2, 1, 1, 1), values, values, two, three, causal), 2, 1, 4.5f, 7);
        // The first of three queries to two keys sees none.
        holds(backend.attention(of(3, 1, 1, 1, 1), values, values, three, two, causal), 3, 1, 0, 3, 4.5f);
    }

    @Test
    void headsShareColumnsEvenly() {
        Segments one = Segments.ofLengths(2);
        AttentionShape shape = new AttentionShape(2, 1, AttentionShape.Mask.NONE);
        // The first head sees the first key only, the second the second.
        holds(
                backend.attention(
                        of(2, 2, 1, 1, 1, 1), of(2, 2, 900, 0, 0, 900), of(2, 2, 1, 2, 3, 4), one, one, shape),
                2,
                2,
                1,
                4,
                1,
                4);
    }

    /**
     * Four rows halve the products, so that the scores are 0 and log 3: weights of 1/4 and 3/4, for the second channel
     * 3/4 and 1/4.
     */
    @Test
    void channelsAttendToChannels() {
        float log9 = (float) Math.log(9);
        Tensor queries = of(5, 2, 1, 0, 0, 1, 0, 0, 0, 0, 7, 7);
        Tensor keys = of(5, 2, 0, log9, log9, 0, 5, 5, 5, 5, 7, 7);
        Tensor values = of(5, 2, 0, 4, 8, 0, 4, 4, 0, -8, 7, 7);
        Segments four = Segments.ofLengths(4);
        holds(backend.channelAttention(queries, keys, values, four, 1), 5, 2, 3, 1, 2, 6, 4, 4, -6, -2, 0, 0);
        // Alone in its group a channel keeps its values.
        holds(backend.channelAttention(queries, keys, values, four, 2), 5, 2, 0, 4, 8, 0, 4, 4, 0, -8, 0, 0);
        // Sequences of one row: scores of 0 and log 9, then 0 and 0.
        holds(
                backend.channelAttention(
                        of(2, 2, 1, 0, 0, 0),
                        of(2, 2, 0, log9, 7, 8),
                        of(2, 2, 10, 20, 1, 3),
                        Segments.ofLengths(1, 1),
                        1),
                2,
                2,
                19,
                15,
                2,
                2);
    }

    @Test
    void rowsAreNormalised() {
        LayerNorm norm = new LayerNorm(of(1, 2, 1, 3), of(1, 2, 0, 10), 0);
        holds(backend.layerNorm(of(2, 2, 1, 3, 8, 4), norm), 2, 2, -1, 13, 1, 7);
        // The variance of (0, 2) is 1; with an epsilon of 3 the deviation counts as 2.
        holds(backend.layerNorm(of(1, 2, 0, 2), new LayerNorm(of(1, 2, 1, 1), of(1, 2, 0, 0), 3)), 1, 2, -0.5f, 0.5f);
        holds(backend.l2Normalize(of(1, 2, 3, 4)), 1, 2, 0.6f, 0.8f);
        holds(backend.l2Normalize(of(1, 2, 0, 0)), 1, 2, NAN, NAN);
    }

    @Test
    void softmaxOfHugeAndMissingScores() {
        float log3 = (float) Math.log(3);
        holds(backend.softmax(of(1, 2, 1e4f, 1e4f)), 1, 2, 0.5f, 0.5f);
        holds(backend.softmax(of(2, 2, 0, log3, -INFINITY, 5)), 2, 2, 0.25f, 0.75f, 0, 1);
        holds(backend.softmax(of(1, 2, -INFINITY, -INFINITY)), 1, 2, NAN, NAN);
        holds(backend.softmax(of(3, 0)), 3, 0);
    }

    @Test
    void meansOfSequences() {
        holds(
                backend.meanRows(of(4, 2, 1, 2, 3, 4, 5, 6, 70, 80), Segments.ofLengths(2, 0, 1)),
                3,
                2,
                2,
                3,
                0,
                0,
                5,
                6);
    }

    @Test
    void repetition() {
        Tensor a = of(4, 2, 1, 2, 3, 4, 5, 6, 7, 8);
        holds(backend.add(a, of(2, 2, 10, 20, 30, 40)), 4, 2, 11, 22, 33, 44, 15, 26, 37, 48);
        holds(backend.add(a, of(1, 1, 100)), 4, 2, 101, 102, 103, 104, 105, 106, 107, 108);
        holds(backend.multiply(a, of(4, 1, 1, 0, -1, 2)), 4, 2, 1, 2, 0, 0, -5, -6, 14, 16);
        holds(backend.multiply(a, a), 4, 2, 1, 4, 9, 16, 25, 36, 49, 64);
        holds(backend.add(of(0, 2), of(3, 2, 1, 2, 3, 4, 5, 6)), 0, 2);
    }

    @Test
    void movingRows() {
        Tensor x = of(3, 2, 1, 2, 3, 4, 5, 6);
        holds(backend.gatherRows(x, new int[] {2, 0, 2}), 3, 2, 5, 6, 1, 2, 5, 6);
        holds(backend.concatRows(List.of(x.rows(2, 3), of(0, 2), x.rows(0, 1))), 2, 2, 5, 6, 1, 2);
        Weight.Embedding table = backend.embeddingWeight(weight("t", Shape.of(3, 2), 1, 2, 3, 4, 5, 6));
        holds(backend.embedding(table, new int[] {1, 1, 0}), 3, 2, 3, 4, 3, 4, 1, 2);
        assertEquals(3, table.entries());
        assertEquals(2, table.columns());
    }

    @Test
    void constantsOfAnyRankAreMatrices() {
        holds(backend.constant(weight("vector", Shape.of(3), 1, 2, 3)), 1, 3, 1, 2, 3);
        holds(backend.constant(weight("cube", Shape.of(1, 2, 3), 1, 2, 3, 4, 5, 6)), 2, 3, 1, 2, 3, 4, 5, 6);
        holds(backend.constant(weight("scalar", Shape.of(), 4)), 1, 1, 4);
    }

    /** Pixels 1 to 6 in two rows; the kernel picks its right tap and one tenth of the one below. */
    @Test
    void convolutionIsCrossCorrelation() {
        ConvolutionShape shape = new ConvolutionShape(1, 1, 3, 3, 1, 1, 1);
        Weight.Convolution weight = backend.convolutionWeight(
                weight("k", Shape.of(1, 1, 3, 3), 0, 0, 0, 0, 0, 1, 0, 0.1f, 0), weight("b", Shape.of(1), -2), shape);
        holds(
                backend.convolution(of(6, 1, 1, 2, 3, 4, 5, 6), new Grid(1, 2, 3), weight, Activation.IDENTITY),
                6,
                1,
                0.4f,
                1.5f,
                -1.4f,
                3,
                4,
                -2);
        holds(
                backend.convolution(of(6, 1, 1, 2, 3, 4, 5, 6), new Grid(1, 2, 3), weight, Activation.RELU),
                6,
                1,
                0.4f,
                1.5f,
                0,
                3,
                4,
                0);
    }

    @Test
    void groupsSeeTheirOwnChannels() {
        ConvolutionShape shape = new ConvolutionShape(4, 2, 1, 1, 1, 0, 2);
        Weight.Convolution weight =
                backend.convolutionWeight(weight("k", Shape.of(2, 2, 1, 1), 1, 10, 100, 1000), null, shape);
        holds(
                backend.convolution(of(1, 4, 1, 2, 3, 4), new Grid(1, 1, 1), weight, Activation.IDENTITY),
                1,
                2,
                21,
                4300);
    }

    @Test
    void poolingLeavesTheRestOut() {
        // Two pictures of 3 x 2 pixels.
        Tensor x = of(12, 1, 1, 2, 3, 4, 100, 100, 5, 6, 7, 8, 100, 100);
        holds(backend.averagePool(x, new Grid(2, 3, 2), 2, 2), 2, 1, 2.5f, 6.5f);
        holds(backend.averagePool(x, new Grid(2, 3, 2), 1, 2), 4, 1, 1, 100, 5, 100);
    }

    @Test
    void saysThatItIsSlow() {
        assertTrue(backend.description().contains("slow"));
        assertTrue(Backends.names().contains("reference"));
        assertTrue(Backends.open("reference", 1) instanceof ReferenceBackend);
    }
}
