package dev.fovea.models.clip.network;

import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.ArrayList;
import java.util.List;

/**
 * Pools a map into one vector (Radford et al. 2021, section 2.4; {@code AttentionPool2d} of OpenAI's {@code
 * clip/model.py}): the mean of all pixels attends to itself and to all pixels, with position embeddings.
 *
 * <p>There is a single query, so keys and values of all pixels are never made. With q, K and V of one head,
 *
 * <pre>
 * q . (K token + k)                    = (Kᵀ q) . token + what is the same for all tokens, which the softmax takes out
 * sum of weight (V token + v)          = V (sum of weight token) + v,  the weights adding up to one
 * </pre>
 *
 * each head attends to the tokens themselves with its own query, {@code Kᵀ q}, and V is applied to the one token
 * that comes out. That takes 15 million multiply-adds where keys and values of 50 tokens take 420.
 */
final class AttentionPool {

    private final Backend backend;
    private final Tensor positions;
    private final Linear queries;
    private final Weight.Convolution keys;
    private final Weight.Convolution values;
    private final Linear out;
    private final AttentionShape lookAtTokens;
    private final int heads;
    private final int features;
    private final int dimension;

    AttentionPool(Parameters pool, ClipResNetShape shape, int dimension) {
        backend = pool.backend();
        features = shape.features();
        heads = shape.heads();
        this.dimension = dimension;
        positions = pool.constant("positional_embedding", shape.positions(), features);
        queries = pool.linear("q_proj", features, features);
        keys = keys(pool);
        values = values(pool);
        out = pool.linear("c_proj", features, dimension);
        float scale = (float) Math.pow(features / heads, -0.5);
        lookAtTokens = new AttentionShape(1, scale, AttentionShape.Mask.NONE);
    }

    /** Makes Kᵀ of every head: a convolution over vectors, in groups that are the heads. */
    private Weight.Convolution keys(Parameters pool) {
        WeightData matrix = pool.weights().tensor("k_proj.weight", Shape.of(features, features));
        pool.weights().tensor("k_proj.bias", Shape.of(features)); // the same for all tokens
        Shape kernel = Shape.of((long) heads * features, features / heads, 1, 1);
        return backend.convolutionWeight(
                pool.derived(
                        matrix.name(),
                        kernel,
                        new Rewriting(
                                List.of(matrix),
                                values -> transposedHeads(values.getFirst()),
                                (values, gradient) -> List.of(transposedBack(gradient)))),
                null,
                new ConvolutionShape(features, heads * features, 1, 1, 1, 0, heads));
    }

    private float[] transposedHeads(float[] rows) {
        int headSize = features / heads;
        float[] transposed = new float[rows.length];
        for (int row = 0; row < features; row++) {
            int head = row / headSize;
            for (int column = 0; column < features; column++) {
                transposed[(head * features + column) * headSize + row % headSize] = rows[row * features + column];
            }
        }
        return transposed;
    }

    private float[] transposedBack(float[] transposed) {
        int headSize = features / heads;
        float[] rows = new float[transposed.length];
        for (int row = 0; row < features; row++) {
            for (int column = 0; column < features; column++) {
                rows[row * features + column] =
                        transposed[(row / headSize * features + column) * headSize + row % headSize];
            }
        }
        return rows;
    }

    /** Makes V of every head: a convolution over vectors, in groups that are the heads. */
    private Weight.Convolution values(Parameters pool) {
        WeightData matrix = pool.weights().tensor("v_proj.weight", Shape.of(features, features));
        Shape kernel = Shape.of(features, features, 1, 1);
        return backend.convolutionWeight(
                pool.derived(
                        matrix.name(),
                        kernel,
                        new Rewriting(List.of(matrix), List::getFirst, (values, gradient) -> List.of(gradient))),
                pool.weights().tensor("v_proj.bias", Shape.of(features)),
                new ConvolutionShape(heads * features, features, 1, 1, 1, 0, heads));
    }

    int dimension() {
        return dimension;
    }

    /**
     * Pools the last map of each picture.
     *
     * @param map pictures of {@code positions - 1} pixels and as many channels as the last map has
     * @return {@code [images, dimension]}
     */
    Tensor apply(FeatureMap map) {
        int images = map.grid().images();
        int pixels = map.grid().height() * map.grid().width();
        Tensor means = backend.meanRows(map.pixels(), Segments.uniform(images, pixels)); // [images, features]
        List<Tensor> rows = new ArrayList<>();
        for (int image = 0; image < images; image++) {
            rows.add(means.rows(image, image + 1));
            rows.add(map.pixels().rows(image * pixels, (image + 1) * pixels));
        }
        Tensor tokens = backend.add(backend.concatRows(rows), positions); // [images * (1 + pixels), features]
        Segments pictures = Segments.uniform(images, 1 + pixels);
        Grid vectors = new Grid(1, images, 1);
        Tensor query = queries.apply(backend.gatherRows(tokens, pictures.firstRows())); // [images, features]
        Tensor asked = backend.convolution(query, vectors, keys, Activation.IDENTITY); // [images, heads * features]
        Tensor mixed = backend.attention(
                asked.reshape(images * heads, features),
                tokens,
                tokens,
                Segments.uniform(images, heads),
                pictures,
                lookAtTokens); // [images * heads, features]
        Tensor attended = backend.convolution(
                mixed.reshape(images, heads * features), vectors, values, Activation.IDENTITY); // [images, features]
        return out.apply(attended);
    }
}
