package dev.fovea.tensor;

import java.util.List;
import java.util.function.Supplier;

/**
 * Computes everything that a model asks for. The list of operations is short and their meanings are the textbook's.
 * {@code ReferenceBackend} defines each in plain loops, and every other backend is tested against it.
 *
 * <p>Conventions. Rows are tokens or pixels, columns are channels, everywhere. A batch is rows laid end to end, and
 * {@link Segments} or a {@link Grid} say where each sequence or image begins. Operations return new tensors and leave
 * their inputs as they are. Sizes that do not fit, operands of another backend and null are an {@link
 * IllegalArgumentException} whose message names the operation: a mistake in a model, not in a user's file. Tensors of
 * an ended scope and operations on a closed backend are an {@link IllegalStateException}. Same input, same bits:
 * results depend neither on the number of threads nor on what else is in the batch.
 *
 * <p>Tensors belong to the innermost {@link #scoped scope} of the thread that made them. Many threads may use a backend
 * at once.
 */
public interface Backend extends AutoCloseable {

    /** Returns one line for people: what computes here, on vectors of what width, with how many threads. */
    String description();

    /** Returns the number of threads that share the work of an operation; 1 where the backend cannot know it. */
    default int threads() {
        return 1;
    }

    /**
     * Runs some work whose operations use only the calling thread. Callers that share the cores among themselves, each
     * with its own work, then do not wait for each other. The bits are those of any number of threads.
     */
    default <T> T onCallingThread(Supplier<T> work) {
        return work.get();
    }

    // ---- tensors and their lifetime ----

    /** Copies {@code rows * columns} floats, row after row, into a new tensor. */
    Tensor tensor(int rows, int columns, float[] values);

    /**
     * Runs some work; when it ends, all tensors that it made give their memory back, except those that it returns (a
     * {@link Tensor} or a {@link List} of them), which then belong to the scope around.
     *
     * @param name the module path below the enclosing scope's, as in the checkpoint ({@code encoder.layers.3}); empty
     *     for none
     */
    <T> T scoped(String name, Supplier<T> work);

    /** Gives a tensor's memory back before its scope ends. The caller promises that nothing reads it again. */
    void release(Tensor tensor);

    // ---- weights, prepared once ----

    /**
     * Makes a tensor of a vector or matrix of the checkpoint, such as norms and positions. It lives as long as the
     * backend.
     */
    Tensor constant(WeightData data);

    /**
     * Prepares the weights of linear layers that share their input. Their outputs come out side by side in the order
     * given, in one matrix (queries, keys and values of an attention).
     *
     * @param weights matrices {@code [outputs, inputs]}
     * @param biases vectors {@code [outputs]}, one for each matrix, or an empty list for none
     * @param storage how to store the weights: null as the checkpoint does, or {@link DType#F32}, {@link DType#F16},
     *     {@link DType#BF16}, {@link DType#I8} (symmetric, a scale for every 64 inputs)
     * @param precision how finely the operands of the layer's product are rounded at least; in any but f32 the matrix
     *     is rounded directly from the checkpoint's values, and {@code storage} is ignored
     */
    Weight.Linear linearWeight(List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision);

    /** Prepares the weights of linear layers that are computed in f32. */
    default Weight.Linear linearWeight(List<WeightData> weights, List<WeightData> biases, DType storage) {
        return linearWeight(weights, biases, storage, Precision.F32);
    }

    /**
     * Prepares weights again whose numbers have changed, as a training changes them, in f32. A backend may write them
     * into the memory of those that they replace.
     *
     * @param before what was prepared of as many matrices and biases of the same shapes; must not be used any more
     * @param weights matrices {@code [outputs, inputs]}
     * @param biases vectors {@code [outputs]}, one for each matrix, or an empty list for none
     * @return the same object where its memory was written, which then says the name that it had
     */
    default Weight.Linear updatedWeight(Weight.Linear before, List<WeightData> weights, List<WeightData> biases) {
        return linearWeight(weights, biases, DType.F32);
    }

    /** Prepares a table {@code [entries, columns]} whose rows are looked up by id. */
    Weight.Embedding embeddingWeight(WeightData table);

    /**
     * Prepares the kernel of a convolution.
     *
     * @param kernel {@code [output channels, input channels / groups, kernel height, kernel width]}
     * @param bias {@code [output channels]}, or null
     * @param precision how finely operands are rounded at least; a backend may round less, and computes in f32 what
     *     gains nothing (depthwise kernels, those of few numbers, and where there is a faster way than a product)
     */
    Weight.Convolution convolutionWeight(
            WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision);

    /** Prepares the kernel of a convolution that is computed in f32. */
    default Weight.Convolution convolutionWeight(WeightData kernel, WeightData bias, ConvolutionShape shape) {
        return convolutionWeight(kernel, bias, shape, Precision.F32);
    }

    // ---- products ----

    /**
     * Computes a linear layer, {@code activation(norm(x) Wᵀ + b) + residual}.
     *
     * @param x {@code [rows, inputs]}
     * @return {@code [rows, outputs]}
     */
    Tensor linear(Tensor x, Weight.Linear weight, Fusion fusion);

    /**
     * Computes two linear layers, one after the other: {@code activation(norm(x) W₁ᵀ + b₁) W₂ᵀ + b₂ + residual}. By
     * definition this is {@link #linear} twice; a backend may leave out what lies between them.
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

    /** Multiplies {@code a b}, {@code [m, k]} by {@code [k, n]}. */
    Tensor matmul(Tensor a, Tensor b);

    /** Multiplies {@code a bᵀ}, {@code [m, k]} by {@code [n, k]}: every row of a with every row of b. */
    Tensor matmulTransposed(Tensor a, Tensor b);

    /**
     * Computes scaled dot-product attention of every head within every sequence (Vaswani et al. 2017, section 3.2):
     * {@code softmax(scale q kᵀ) v}. A query that sees no key gives zeros.
     *
     * @param queries {@code [rows, heads * headSize]}, typically columns of one fused projection; so the others
     * @param keys {@code [rows, heads * headSize]}
     * @param values {@code [rows, heads * valueSize]}
     * @param querySegments the sequences' rows in the queries and in the result
     * @param keySegments the sequences' rows in keys and values, in the order of {@code querySegments}
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
     * Computes attention among channels (Ding et al. 2022, DaViT, section 3.3). Within every sequence and group of
     * channels, a channel is a token and the sequence's rows are its features: {@code weights = softmax(rows^-0.5 Qᵀ
     * K)}, a square as large as the group, and {@code out = V weightsᵀ}.
     *
     * @param queries {@code [rows, channels]}, typically columns of one fused projection; so the others
     * @param segments sequences (pictures) of consecutive rows
     * @param groups they share the channels evenly
     * @return {@code [rows, channels]}; rows of no sequence are zero
     */
    Tensor channelAttention(Tensor queries, Tensor keys, Tensor values, Segments segments, int groups);

    // ---- rows on their own ----

    /** Computes the layer norm of every row. */
    Tensor layerNorm(Tensor x, LayerNorm norm);

    /** Computes the softmax of every row, after subtracting the row's maximum. */
    Tensor softmax(Tensor x);

    /** Divides every row by its Euclidean length; no epsilon, as in the reference implementations of CLIP. */
    Tensor l2Normalize(Tensor x);

    // ---- element by element ----

    /** Applies an activation function to each element. */
    Tensor activate(Tensor x, Activation activation);

    /**
     * Adds {@code a + b}; b is repeated along rows if the number of its rows divides a's, and along columns if it has
     * one.
     */
    Tensor add(Tensor a, Tensor b);

    /** Multiplies {@code a * b}, element by element; b is repeated as in {@link #add}. */
    Tensor multiply(Tensor a, Tensor b);

    // ---- moving rows ----

    /** Looks up the vectors of the ids: {@code [ids.length, columns]}. */
    Tensor embedding(Weight.Embedding table, int[] ids);

    /** Copies the rows with the given indices: {@code [rows.length, columns]}. */
    Tensor gatherRows(Tensor x, int[] rows);

    /** Copies tensors with equal columns into one, one below the other. */
    Tensor concatRows(List<Tensor> parts);

    /**
     * Allocates a tensor of zeros whose rows {@link #writeRows} fills later, such as the keys and values of a decoder.
     * No other tensor changes.
     */
    Tensor preallocate(int rows, int columns);

    /**
     * Copies row {@code i} of {@code values} to row {@code rows[i]} of a tensor that {@link #preallocate} made; no
     * index twice. Operations called before see the old values, operations called after the new ones.
     */
    void writeRows(Tensor target, int[] rows, Tensor values);

    /** Computes the mean over the rows of every sequence: {@code [segments, columns]}; zeros for an empty one. */
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
     * Computes the end of a residual block (He et al. 2016, figure 2): {@code activation(convolution(x) + shortcut)}.
     * By definition these are three operations; a backend may add and activate while it has the convolution's results
     * at hand.
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

    /** Computes averages over windows of {@code size * size} pixels, {@code stride} apart, without padding. */
    Tensor averagePool(Tensor x, Grid grid, int size, int stride);

    /**
     * Finds the largest value of each channel in windows of {@code size * size} pixels, {@code stride} apart. What lies
     * outside the image does not count.
     *
     * @param padding rows and columns by which windows may reach over each edge, less than {@code size}
     */
    Tensor maxPool(Tensor x, Grid grid, int size, int stride, int padding);

    // ---- what gradients are made of, besides the operations above ----

    /** Returns the transpose, {@code [columns, rows]}. */
    Tensor transpose(Tensor x);

    /**
     * Computes the gradient of {@link #activate}: {@code gradient * activation'(x)}, element by element.
     *
     * @param gradient of a loss with respect to the result, as large as {@code x}
     * @param x what was activated
     * @return the gradient with respect to {@code x}
     */
    Tensor activationGradient(Tensor gradient, Tensor x, Activation activation);

    /**
     * Computes the gradient of {@link #layerNorm} with respect to its input. Of every row, with {@code s = 1 /
     * sqrt(variance + epsilon)}, {@code y = (x - mean) s} and {@code g = gradient * gamma}:
     *
     * <pre>s (g - mean(g) - y mean(g y))</pre>
     *
     * @param gradient of a loss with respect to the result, as large as {@code x}
     * @param x what was normalised
     * @return the gradient with respect to {@code x}
     */
    Tensor layerNormGradient(Tensor gradient, Tensor x, LayerNorm norm);

    /**
     * Computes the gradients of {@link #attention}. Of every sequence and head, with {@code P = softmax(scale q kᵀ)}
     * over the keys that a query sees:
     *
     * <pre>
     * dV = Pᵀ gradient        dP = gradient Vᵀ        dS = scale P (dP - sum of P dP along the row)
     * dQ = dS K               dK = dSᵀ Q
     * </pre>
     *
     * What a row gets from several sequences is added. P is computed again, so that nothing of its size has to be kept.
     *
     * @param gradient of a loss with respect to the result, {@code [query rows, heads * valueSize]}
     * @return the gradients with respect to queries, keys and values, each as large as these; rows of no sequence are
     *     zero
     */
    List<Tensor> attentionGradients(
            Tensor gradient,
            Tensor queries,
            Tensor keys,
            Tensor values,
            Segments querySegments,
            Segments keySegments,
            AttentionShape shape);

    /** Frees threads and device resources; tensors of this backend must not be used any more. */
    @Override
    void close();
}
