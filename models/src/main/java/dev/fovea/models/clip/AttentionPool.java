package dev.fovea.models.clip;

import dev.fovea.models.nn.FeatureMap;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.tensor.AttentionShape;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A map to one vector (Radford et al. 2021, section 2.4; {@code AttentionPool2d} of OpenAI's {@code clip/model.py}): the mean of all pixels
 * attends to itself and to all pixels, which know their places.
 */
final class AttentionPool {

    private final Backend backend;
    private final Tensor positions;
    private final Linear queries;
    private final Linear keysValues;
    private final Linear out;
    private final AttentionShape heads;
    private final int features;
    private final int dimension;

    AttentionPool(Parameters pool, ResNetShape shape, int dimension) {
        backend = pool.backend();
        features = shape.features();
        this.dimension = dimension;
        positions = pool.constant("positional_embedding", shape.positions(), features);
        queries = pool.linear("q_proj", features, features);
        keysValues = pool.linears(features, features, "k_proj", "v_proj");
        out = pool.linear("c_proj", features, dimension);
        float scale = (float) Math.pow(features / shape.heads(), -0.5);
        heads = new AttentionShape(shape.heads(), scale, AttentionShape.Mask.NONE);
    }

    int dimension() {
        return dimension;
    }

    /**
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
        Tensor fused = keysValues.apply(tokens); // [images * (1 + pixels), 2 features]
        Tensor attended = backend.attention(
                queries.apply(backend.gatherRows(tokens, pictures.firstRows())),
                fused.columns(0, features),
                fused.columns(features, 2 * features),
                Segments.uniform(images, 1),
                pictures,
                heads); // [images, features]
        return out.apply(attended);
    }
}
