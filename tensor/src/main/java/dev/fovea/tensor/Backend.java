package dev.fovea.tensor;

import java.util.List;
import java.util.function.Supplier;

/**
 * Everything that a model can ask for. A short list of operations with their textbook meanings; {@code ReferenceBackend} is the
 * definition of each, in plain loops, and every other backend is tested against it.
 *
 * <p>Conventions. Rows are tokens or pixels, columns are channels, everywhere. A batch is rows laid end to end and {@link
 * Segments} or a {@link Grid} that say where each sequence or picture is. Operations return new tensors and leave their inputs
 * as they are. Sizes that do not fit, operands of another backend and null are an {@link IllegalArgumentException} whose message
 * names the operation: a mistake in a model, not in a user's file. Tensors of an ended scope and operations on a closed backend are
 * an {@link IllegalStateException}. Same input, same bits: results do not depend on the number of threads, nor on what else is in
 * the batch.
 *
 * <p>Tensors belong to the innermost {@link #scoped scope} of the thread that made them. A backend may be used by many threads
 * at once.
 */
public interface Backend extends AutoCloseable {

    /** One line for people: what computes here, how wide, with how many threads. */
    String description();

    /** How many threads share the work of an operation; 1 where that is not for the backend to say. */
    default int threads() {
        return 1;
    }

    /**
     * Runs some work whose operations use no thread but the calling one. Callers that share the cores out among themselves, each with work
     * of its own, do not wait for each other then. The bits are those of any number of threads.
     */
    default <T> T onCallingThread(Supplier<T> work) {
        return work.get();
    }

    // ---- tensors and their lifetime ----

    /** Copies {@code rows * columns} floats, row after row, into a new tensor. */
    Tensor tensor(int rows, int columns, float[] values);

    /**
     * Runs some work; when it ends, all tensors that it made give their memory back, except those that it returns (a {@link
     * Tensor} or a {@link List} of them), which then belong to the scope around.
     *
     * @param name the module path below the enclosing scope's, as in the checkpoint ({@code encoder.layers.3}); empty for none
     */
    <T> T scoped(String name, Supplier<T> work);

    /** Gives a tensor's memory back before its scope ends. The caller promises that nothing looks at it again. */
    void release(Tensor tensor);

    // ---- weights, prepared once ----

    /** A vector or matrix of the checkpoint as a tensor that lives as long as the backend: norms, positions. */
    Tensor constant(WeightData data);

    /**
     * Linear layers that share their input, side by side: their outputs come out in the order given, in one matrix (queries, keys
     * and values of an attention).
     *
     * @param weights matrices {@code [outputs, inputs]}
     * @param biases vectors {@code [outputs]}, one for each matrix, or an empty list for none
     * @param storage how to store the weights: null as the checkpoint does, or {@link DType#F32}, {@link DType#F16}, {@link
     *     DType#BF16}, {@link DType#I8} (symmetric, a scale for every {@value QuantizedMatrix#GROUP} inputs)
     * @param precision how finely the operands of the layer's product are rounded at least; in any but f32 the matrix is rounded straight
     *     from the checkpoint's numbers, and {@code storage} does not count
     */
    Weight.Linear linearWeight(List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision);

    /** Linear layers that are computed in f32. */
    default Weight.Linear linearWeight(List<WeightData> weights, List<WeightData> biases, DType storage) {
        return linearWeight(weights, biases, storage, Precision.F32);
    }

    /** A table {@code [entries, columns]} to look vectors up in. */
    Weight.Embedding embeddingWeight(WeightData table);

    /**
     * A convolution.
     *
     * @param kernel {@code [output channels, input channels / groups, kernel height, kernel width]}
     * @param bias {@code [output channels]}, or null
     */
    Weight.Convolution convolutionWeight(WeightData kernel, WeightData bias, ConvolutionShape shape);

    // ---- products ----

    /**
     * {@code activation(norm(x) Wᵀ + b) + residual}.
     *
     * @param x {@code [rows, inputs]}
     * @return {@code [rows, outputs]}
     */
    Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion);

    /**
     * Two linear layers, one after the other: {@code activation(norm(x) W₁ᵀ + b₁) W₂ᵀ + b₂ + residual}. By definition {@link #linear} twice;
     * a backend may leave out what lies between them.
     *
     * @param x {@code [rows, inputs of expand]}
     * @param expand W₁ and b₁
     * @param reduce W₂ and b₂, as many inputs as {@code expand} has outputs
     * @param fusion norm and activation of the first layer, residual of the second
     * @return {@code [rows, outputs of reduce]}
     */
    default Tensor mlp(Tensor x, Weight.Linear expand, Weight.Linear reduce, Fusion fusion) {
        Tensor between = linear(x, expand, fusion.withResidual(null));
        Tensor out = linear(between, reduce, Fusion.NONE.withResidual(fusion.residual()));
        release(between);
        return out;
    }

    /** {@code a b}: {@code [m, k]} by {@code [k, n]}. */
    Tensor matmul(Tensor a, Tensor b);

    /** {@code a bᵀ}: {@code [m, k]} by {@code [n, k]}: every row of a with every row of b. */
    Tensor matmulTransposed(Tensor a, Tensor b);

    /**
     * Scaled dot-product attention of every head within every sequence (Vaswani et al. 2017, section 3.2): {@code softmax(scale q
     * kᵀ) v}. A query that sees no key gives zeros.
     *
     * @param queries {@code [rows, heads * headSize]}, typically columns of one fused projection; so the others
     * @param keys {@code [rows, heads * headSize]}
     * @param values {@code [rows, heads * valueSize]}
     * @param querySegments the sequences' rows in the queries and in the result
     * @param keySegments the same sequences' rows in keys and values
     * @return rows as in {@code queries}, {@code heads * valueSize} columns; rows of no sequence are zero
     */
    Tensor attention(
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape);

    /**
     * Attention among channels (Ding et al. 2022, DaViT, section 3.3). Within every sequence and group of channels a channel is a token
     * and the sequence's rows are its features: {@code weights = softmax(rows^-0.5 Qᵀ K)}, a square as large as the group, and {@code out
     * = V weightsᵀ}.
     *
     * @param queries {@code [rows, channels]}, typically columns of one fused projection; so the others
     * @param segments sequences (pictures) of consecutive rows
     * @param groups they share the channels evenly
     * @return {@code [rows, channels]}; rows of no sequence are zero
     */
    Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups);

    // ---- rows on their own ----

    /** Layer norm of every row. */
    Tensor layerNorm(Tensor x, LayerNorm norm);

    /** Softmax of every row, the row's maximum subtracted first. */
    Tensor softmax(Tensor x);

    /** Every row divided by its Euclidean length; no epsilon, as in the reference implementations of CLIP. */
    Tensor l2Normalize(Tensor x);

    // ---- element by element ----

    /** An activation function on its own. */
    Tensor activate(Tensor x, Activation activation);

    /** {@code a + b}; b is repeated along rows if its number of rows divides a's, and along columns if it has one. */
    Tensor add(Tensor a, Tensor b);

    /** {@code a * b}, element by element; b is repeated as in {@link #add}. */
    Tensor multiply(Tensor a, Tensor b);

    // ---- moving rows ----

    /** The vectors of the ids: {@code [ids.length, columns]}. */
    Tensor embedding(Weight.Embedding table, int[] ids);

    /** The rows with the given numbers: {@code [rows.length, columns]}. */
    Tensor gatherRows(Tensor x, int[] rows);

    /** Tensors of the same width, one below the other. */
    Tensor concatRows(List<Tensor> parts);

    /**
     * Allocates a tensor of zeros whose rows {@link #writeRows} fills later, such as the keys and values of a decoder. No other tensor
     * changes.
     */
    Tensor preallocate(int rows, int columns);

    /**
     * Copies row {@code i} of {@code values} to row {@code rows[i]} of a tensor that {@link #preallocate} made; no number twice.
     * Operations called before see the old numbers, operations called after the new ones.
     */
    void writeRows(Tensor target, int[] rows, Tensor values);

    /** Mean over the rows of every sequence: {@code [segments, columns]}; zeros for an empty one. */
    Tensor meanRows(Tensor x, Segments segments);

    // ---- pictures ----

    /**
     * Cross-correlation of every picture with every output channel's kernel, plus bias, then the activation.
     *
     * @param x {@code [grid.rows(), input channels]}
     * @return {@code [shape.output(grid).rows(), output channels]}
     */
    Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Activation activation);

    /**
     * The end of a residual block (He et al. 2016, figure 2): {@code activation(convolution(x) + shortcut)}. By definition three operations;
     * a backend may add and activate while the convolution's results are at hand.
     *
     * @param x {@code [grid.rows(), input channels]}
     * @param shortcut {@code [shape.output(grid).rows(), output channels]}
     * @return as {@code shortcut}
     */
    default Tensor convolution(Tensor x, Grid grid, Weight.Convolution weight, Tensor shortcut, Activation activation) {
        Tensor mapped = convolution(x, grid, weight, Activation.IDENTITY);
        Tensor sum = add(mapped, shortcut);
        release(mapped);
        Tensor out = activate(sum, activation);
        release(sum);
        return out;
    }

    /** Average over windows of {@code size * size} pixels, {@code stride} apart, without padding. */
    Tensor averagePool(Tensor x, Grid grid, int size, int stride);

    /**
     * The largest number of each channel in windows of {@code size * size} pixels, {@code stride} apart. What lies outside of the picture
     * does not count.
     *
     * @param padding rows and columns by which windows may stand over each edge, less than {@code size}
     */
    Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding);

    /** Frees threads and device resources; tensors of this backend must not be used any more. */
    @Override
    void close();
}
