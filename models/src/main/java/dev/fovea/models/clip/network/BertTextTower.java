package dev.fovea.models.clip.network;

import dev.fovea.models.nn.BlockNames;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TextSizes;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.models.towers.TextEncoder;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Encodes texts with BERT (Devlin et al. 2019) or RoBERTa, read at the first token, in the place of CLIP's own text
 * tower: {@code ChineseCLIPTextModel} (Yang et al. 2022) and {@code AltCLIPTextModel} (Chen et al. 2022) of
 * transformers, and RoBERTa of open_clip, whose tokens may be averaged. Every token attends to all of its text; texts
 * lie end to end without padding.
 */
final class BertTextTower implements TextEncoder {

    private static final BlockNames BLOCK = new BlockNames(
            new BlockNames.Attention(
                    "attention.self.query",
                    List.of("attention.self.key", "attention.self.value"),
                    "attention.output.dense",
                    "attention.output.LayerNorm"),
            null,
            new BlockNames.Mlp("intermediate.dense", "output.dense", "output.LayerNorm"));

    private final Backend backend;
    private final ClipConfig.BertText config;
    private final Weight.Embedding words;
    private final Weight.Embedding positions;
    private final LayerNorm norm;
    private final TransformerStack encoder;
    private final Mapping mapping;
    private final Linear projection;
    /** The second layer of the projection, or null. */
    private final Linear last;

    private final int dimension;

    /** AltCLIP's way from RoBERTa's space into that of the tower that it was taught by. */
    private record Mapping(LayerNorm norm, Linear linear) {}

    /**
     * Takes the weights below {@code text_model}, and {@code text_projection}.
     *
     * @param model the checkpoint's top level
     */
    BertTextTower(Parameters model, ClipConfig clip, ClipConfig.BertText config) {
        this.config = config;
        backend = model.backend();
        dimension = clip.projectionDim();
        Parameters top = model.at("text_model");
        Parameters tower = config.isMapped() ? top.at("roberta") : top;
        int hidden = config.transformer().hiddenSize();
        float epsilon = config.transformer().epsilon();
        words = tower.embedding("embeddings.word_embeddings", config.vocabularySize(), hidden);
        positions = positions(tower.at("embeddings"), hidden);
        norm = tower.layerNorm("embeddings.LayerNorm", hidden, epsilon);
        encoder = config.isAveraged()
                ? TransformerStack.encoder(tower, "encoder.layer", config.transformer(), BLOCK)
                : TransformerStack.pooledEncoder(tower, "encoder.layer", config.transformer(), BLOCK);
        int width = config.isMapped() ? config.mappedSize() : hidden;
        mapping = config.isMapped()
                ? new Mapping(top.layerNorm("pre_LN", hidden, epsilon), top.linear("transformation", hidden, width))
                : null;
        int inner = config.innerSize();
        Parameters finer = model.finer();
        projection = inner == 0
                ? finer.linearWithoutBias("text_projection", width, dimension)
                : finer.linearWithoutBias("text_projection.0", width, inner);
        last = inner == 0 ? null : finer.linearWithoutBias("text_projection.2", inner, dimension);
    }

    /** Adds the vector of the first token type, which all tokens have, to those of the positions. */
    private Weight.Embedding positions(Parameters embeddings, int hidden) {
        Shape shape = Shape.of(config.rows(), hidden);
        WeightData table = embeddings.weights().tensor("position_embeddings.weight", shape);
        WeightData types =
                embeddings.weights().tensor("token_type_embeddings.weight", Shape.of(config.types(), hidden));
        return backend.embeddingWeight(embeddings.derived(table.name(), shape, () -> {
            float[] sum = table.toFloats();
            float[] first = types.toFloats();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += first[i % hidden];
            }
            return sum;
        }));
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public TextSizes sizes() {
        return config;
    }

    @Override
    public Tensor encode(List<int[]> texts) {
        Segments segments = TokenIds.segments(texts);
        return backend.scoped("text_model", () -> {
            Tensor x = backend.scoped("embeddings", () -> embed(texts)); //       [tokens, hidden]
            Tensor read = config.isAveraged()
                    ? backend.meanRows(encoder.apply(x, segments), segments)
                    : encoder.apply(x, segments, segments.firstRows()); //        [texts, hidden]
            Tensor mapped = mapping == null
                    ? read
                    : mapping.linear.apply(read, Fusion.NONE.withNorm(mapping.norm)); // [texts, mapped size]
            return last == null //                                                [texts, dimension]
                    ? projection.apply(mapped)
                    : last.apply(projection.apply(mapped, Fusion.NONE.withActivation(Activation.GELU)));
        });
    }

    private Tensor embed(List<int[]> texts) {
        int[] at = texts.stream().flatMapToInt(this::places).toArray();
        Tensor sum = backend.add(backend.embedding(words, TokenIds.joined(texts)), backend.embedding(positions, at));
        return backend.layerNorm(sum, norm);
    }

    /** Returns the rows of a text's tokens in the table of positions. RoBERTa counts those that are no padding. */
    private IntStream places(int[] text) {
        int padding = config.firstPosition() - 1;
        int[] at = new int[text.length];
        int next = config.firstPosition();
        for (int i = 0; i < text.length; i++) {
            at[i] = text[i] == padding ? padding : next++;
        }
        return Arrays.stream(at);
    }
}
