package dev.fovea.converter;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Shape;
import java.util.List;

/**
 * Gives the head with which a vision transformer of timm pools its tokens by attention ({@code
 * timm/layers/attention_pool.py}) transformers' names.
 */
final class PoolingHeadLayout {

    private static final String FROM = FastVitLayout.FROM + "attn_pool.";
    private static final String PROBE = FROM + "latent";

    private PoolingHeadLayout() {}

    /** Returns whether a source has such a head. */
    static boolean isThere(SourceTensors source) {
        return source.has(PROBE);
    }

    /** Returns the number of channels of a token. */
    static int width(SourceTensors source) {
        return Math.toIntExact(source.shape(PROBE, 3).extent(2));
    }

    /** Returns the number of channels inside of the MLP. */
    static int intermediateSize(SourceTensors source) {
        return Math.toIntExact(source.shape(FROM + "mlp.fc1.weight", 2).extent(0));
    }

    /**
     * Joins the queries' projection and that of keys and values, which transformers has in one matrix.
     *
     * @param to what the names begin with
     * @throws FoveaException if one is missing or misshapen
     */
    static void addProjections(SourceTensors source, Draft draft, String to) {
        int width = width(source);
        for (String part : List.of("weight", "bias")) {
            for (int times = 1; times <= 2; times++) {
                String name = FROM + (times == 1 ? "q." : "kv.") + part;
                Shape expected =
                        part.equals("weight") ? Shape.of((long) times * width, width) : Shape.of((long) times * width);
                if (!source.tensor(name).shape().equals(expected)) {
                    throw source.misshapen(name, expected);
                }
            }
            draft.add(
                    to + "attention.in_proj_" + part,
                    new JoinedViews(List.of(source.take(FROM + "q." + part), source.take(FROM + "kv." + part))));
        }
    }

    /** Adds the names of the other tensors. */
    static Renamings add(Renamings names, String to) {
        return names.add(PROBE, to + "probe")
                .add(FROM + "proj.*", to + "attention.out_proj.*")
                .add(FROM + "norm.*", to + "layernorm.*")
                .add(FROM + "mlp.*", to + "mlp.*");
    }
}
