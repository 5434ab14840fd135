package dev.fovea.converter;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Converts the vision towers that timm has as EVA ({@code timm/models/eva.py}): EVA-CLIP's and the Perception
 * Encoder's. Their names stay, with {@code vision_model.} in front instead of {@code visual.trunk.}, but queries, keys
 * and values are always three matrices, and the pooling head has transformers' names.
 *
 * <p>Rotary positions turn pairs of channels: timm has those of a pair side by side, Fovea and transformers have them
 * half a head apart. The rows of the queries' and the keys' matrices are put in that order, which changes no score.
 */
final class EvaLayout {

    /** timm's names of the towers that are read by a pooling head. */
    static final String POOLED = "vit_pe_core_(tiny|small|base|large|gigantic)_patch(\\d{1,3})_(\\d{1,4})";

    /** timm's names of the towers. */
    static final String MODELS = POOLED + "|eva02_(base|large|enormous)_patch\\d+_clip_\\d+|eva_giant_patch14_224";

    private static final String FROM = FastVitLayout.FROM;
    private static final String TO = "vision_model.";
    private static final String POOL = TO + "attn_pool.";
    private static final String ROPE_GRID = "rope_grid";

    private static final double PERCEPTION_EPSILON = 1e-5;
    private static final double EPSILON = 1e-6;
    private static final int POOLING_HEADS = 8;

    /** Rows and columns of patches that EVA-02 was trained with before CLIP's training. */
    private static final int EVA_GRID = 16;

    private EvaLayout() {}

    /** Returns whether a source has such a tower. */
    static boolean isOne(SourceTensors source) {
        String attention = FROM + "blocks.0.attn.";
        return source.has(attention + "q_proj.weight")
                || source.has(attention + "q_bias")
                || PoolingHeadLayout.isThere(source) && source.has(FROM + "norm_pre.weight");
    }

    /**
     * Returns the tower's configuration.
     *
     * @throws FoveaException if the configuration names another tower, or a tensor is missing
     */
    static Map<String, Object> sizes(SourceTensors source, ClipTraits traits) {
        String name = traits.requireTimm(source.file());
        if (!name.matches(MODELS)) {
            throw new ModelException(source.file() + ": has the tensors of an EVA or a Perception Encoder, but its "
                    + OpenClipConfig.NAME + " names " + name + "; do the two belong together?");
        }
        int width = size(source, "norm.weight", 1, 0);
        int heads = heads(name);
        if (width % (4 * heads) != 0) {
            throw new ModelException(source.file() + ": a tower of width " + width + " has no " + heads
                    + " heads of a multiple of 4 channels, as " + name + " has; do the two belong together?");
        }
        Matcher perception = Pattern.compile(POOLED).matcher(name);
        boolean isPerception = perception.matches();
        boolean classToken = source.has(FROM + "cls_token");
        boolean gated = source.has(FROM + "blocks.0.mlp.fc1_g.weight");
        int patch = size(source, "patch_embed.proj.weight", 4, 3);
        long rows = source.shape(FROM + "pos_embed", 3).extent(1);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("model_type", "eva_vision_model");
        config.put("hidden_size", width);
        config.put("intermediate_size", size(source, "blocks.0.mlp." + (gated ? "fc1_g" : "fc1") + ".weight", 2, 0));
        config.put("num_hidden_layers", source.count(FROM + "blocks."));
        config.put("num_attention_heads", heads);
        config.put("hidden_act", gated ? "silu" : ClipTraits.GELU);
        config.put("layer_norm_eps", isPerception ? PERCEPTION_EPSILON : EPSILON);
        config.put("patch_size", patch);
        config.put("image_size", patch * ClipLayout.grid(source.file(), classToken ? rows - 1 : rows));
        config.put("class_token", classToken);
        config.put("patch_bias", source.has(FROM + "patch_embed.proj.bias"));
        config.put("pre_norm", source.has(FROM + "norm_pre.weight"));
        config.put("key_bias", isPerception);
        config.put("gated_blocks", gated);
        config.put("norms_after_parts", name.contains("_enormous_"));
        if (isPerception) {
            config.put(ROPE_GRID, Integer.parseInt(perception.group(3)) / Integer.parseInt(perception.group(2)));
            config.put("rope_first", classToken ? 1 : 0);
            config.put("rope_columns_first", true);
            config.put("pooling_heads", POOLING_HEADS);
            config.put("pooling_intermediate_size", PoolingHeadLayout.intermediateSize(source));
        } else if (gated) {
            config.put(ROPE_GRID, EVA_GRID);
        }
        return config;
    }

    /** Returns the number of heads of a tower whose name tells the size. */
    static int heads(String name) {
        if (name.contains("_tiny_")) {
            return 3;
        }
        if (name.contains("_small_")) {
            return 6;
        }
        return name.contains("_base_") ? 12 : 16;
    }

    private static int size(SourceTensors source, String name, int rank, int axis) {
        return Math.toIntExact(source.shape(FROM + name, rank).extent(axis));
    }

    /**
     * Moves the projections whose rows get another order, or that become three, and adds the names of the others.
     *
     * @param vision the tower's configuration
     * @throws FoveaException if a tensor is missing or misshapen
     */
    static Renamings move(SourceTensors source, Map<String, Object> vision, Draft draft, Renamings names) {
        int width = (int) vision.get("hidden_size");
        int heads = vision.containsKey(ROPE_GRID) ? (int) vision.get("num_attention_heads") : 0;
        for (int block = 0; block < (int) vision.get("num_hidden_layers"); block++) {
            String from = FROM + "blocks." + block + ".attn.";
            String to = TO + "blocks." + block + ".attn.";
            if (source.has(from + "q_proj.weight")) {
                for (String name : List.of("q_proj.weight", "q_proj.bias", "k_proj.weight")) {
                    draft.add(to + name, halves(take(source, from + name, 1, width), heads));
                }
                continue;
            }
            boolean apart = source.has(from + "q_bias"); // biases, of which keys have none
            for (String part : apart ? List.of("weight") : List.of("weight", "bias")) {
                TensorView all = take(source, from + "qkv." + part, 3, width);
                draft.add(to + "q_proj." + part, halves(all.rows(0, width), heads));
                draft.add(to + "k_proj." + part, halves(all.rows(width, width), heads));
                draft.add(to + "v_proj." + part, all.rows(2L * width, width));
            }
            if (apart) {
                draft.add(to + "q_proj.bias", take(source, from + "q_bias", 1, width));
                draft.add(to + "v_proj.bias", take(source, from + "v_bias", 1, width));
            }
        }
        if (PoolingHeadLayout.isThere(source)) {
            PoolingHeadLayout.addProjections(source, draft, POOL);
            PoolingHeadLayout.add(names, POOL);
        }
        for (String whole : List.of("cls_token", "pos_embed")) {
            names.add(FROM + whole, TO + whole);
        }
        for (String module : List.of("patch_embed", "norm_pre", "norm", "head")) {
            names.add(FROM + module + ".*", TO + module + ".*");
        }
        for (String module : List.of("norm1", "norm2", "mlp", "attn.v_proj", "attn.norm", "attn.proj")) {
            names.add(FROM + "blocks.#." + module + ".*", TO + "blocks.#." + module + ".*");
        }
        return names;
    }

    /** Takes a matrix, or its bias, of so many times as many rows as tokens have channels. */
    private static TensorView take(SourceTensors source, String name, int times, int width) {
        long rows = (long) times * width;
        Shape expected = name.endsWith("weight") ? Shape.of(rows, width) : Shape.of(rows);
        if (!source.tensor(name).shape().equals(expected)) {
            throw source.misshapen(name, expected);
        }
        return source.take(name);
    }

    /**
     * Puts, in every head, the first channels of all pairs before the second ones.
     *
     * @param heads 0 where nothing is turned
     */
    private static JoinedViews halves(TensorView rows, int heads) {
        if (heads == 0) {
            return new JoinedViews(List.of(rows));
        }
        long size = rows.shape().extent(0) / heads;
        List<TensorView> parts = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            parts.add(rows.everyOther(head * size, size / 2));
            parts.add(rows.everyOther(head * size + 1, size / 2));
        }
        return new JoinedViews(parts);
    }
}
