package dev.fovea.models.blip.network;

import dev.fovea.models.decoding.DecoderSession;
import dev.fovea.models.decoding.GenerationDefaults;
import dev.fovea.models.decoding.Generator;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.nn.ConfigFile;
import dev.fovea.models.nn.KeyValueCache;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Fusion;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The image-grounded text decoder: a causal {@link BlipTextTower} and a head that scores every token of the vocabulary
 * ({@code BlipTextLMHeadModel} of transformers).
 */
public final class BlipTextDecoder {

    private final Backend backend;
    private final BlipConfig.Text text;
    private final BlipTextTower tower;
    private final Linear transform;
    private final Activation activation;
    private final LayerNorm norm;
    private final Linear vocabulary;

    /**
     * Takes {@code text_decoder.*}.
     *
     * @param model the checkpoint's top level
     * @param encodedSize channels of the states that the text attends to
     */
    BlipTextDecoder(Parameters model, BlipConfig.Text text, int encodedSize) {
        this.text = text;
        backend = model.backend();
        int hidden = text.transformer().hiddenSize();
        tower = new BlipTextTower(
                model.at("text_decoder.bert"), text, text.transformer().withMask(Mask.CAUSAL), encodedSize);
        Parameters head = model.at("text_decoder.cls.predictions");
        transform = head.linear("transform.dense", hidden, hidden);
        activation = text.transformer().activation();
        norm = head.layerNorm("transform.LayerNorm", hidden, text.transformer().epsilon());
        vocabulary = vocabulary(model, head.weights(), hidden);
    }

    /**
     * Returns the output layer. Usually it is the table of word embeddings and is stored once, with one of its bias'
     * two names. Where the file has a separate output layer, that one counts, whatever the configuration says of ties,
     * as in transformers 5.
     */
    private Linear vocabulary(Parameters model, Weights head, int hidden) {
        Shape matrix = Shape.of(text.vocabularySize(), hidden);
        Shape vector = Shape.of(text.vocabularySize());
        WeightData words = model.weights().tensor("text_decoder.bert.embeddings.word_embeddings.weight", matrix);
        WeightData weight = head.tied("decoder.weight", words);
        Optional<WeightData> own = head.optional("decoder.bias", vector);
        Optional<WeightData> shared = head.optional("bias", vector);
        WeightData bias = own.or(() -> shared).orElseGet(() -> head.tensor("bias", vector));
        return model.linear(List.of(weight), List.of(bias));
    }

    /** Reads the options that a checkpoint's texts are generated with. */
    public static GenerationOptions defaults(Path folder) {
        ConfigFile config = ConfigFile.of(folder);
        return GenerationDefaults.read(
                ConfigFile.optional(folder, "generation_config.json"), config.at("text_config"), config);
    }

    /**
     * Writes texts with cross-attention to states.
     *
     * @param prompts for every text its first tokens
     * @param numbers for every text its index among all that share the seed
     * @param states what the texts attend to, {@code [state rows, state size]}
     * @param segments every text's rows there
     */
    public List<Generation> generate(
            List<int[]> prompts,
            int[] numbers,
            Tensor states,
            Segments segments,
            GenerationOptions options,
            GenerationListener listener) {
        Generator generator =
                new Generator(options, new int[] {text.endToken()}, text.positions(), text.vocabularySize());
        int capacity = generator.capacity(prompts);
        if (prompts.isEmpty()) {
            return List.of();
        }
        KeyValueCache cache = tower.cache(states, segments, capacity);
        return generator.generate(
                prompts, numbers, (parents, tokens, logits) -> advance(cache, parents, tokens, logits), listener);
    }

    /**
     * Reads the next tokens of a cache's sequences and scores what could follow; see {@link DecoderSession#advance}.
     */
    private void advance(KeyValueCache cache, int[] parents, int[][] tokens, float[][] logits) {
        int[] positions = cache.advance(parents, TokenIds.lengths(List.of(tokens)));
        backend.scoped("", () -> {
            Tensor hidden = tower.extend(TokenIds.joined(List.of(tokens)), positions, cache); // [new tokens, hidden]
            Tensor last = backend.gatherRows(hidden, cache.lastRows()); //              [sequences, hidden]
            score(last).copyRows(logits); //                                            [sequences, vocabulary]
            return null;
        });
    }

    /**
     * Scores the next token at every place of whole texts, as training needs it.
     *
     * @param texts token ids, one text for each sequence of states
     * @param states what the texts attend to, {@code [state rows, state size]}
     * @param segments every text's rows there
     * @return logits {@code [tokens, vocabulary]}, text after text
     */
    public Tensor logits(List<int[]> texts, Tensor states, Segments segments) {
        int[] oneEach = new int[texts.size()];
        Arrays.fill(oneEach, 1);
        return score(tower.encode(texts, oneEach, states, segments));
    }

    /** Turns {@code [rows, hidden]} into logits {@code [rows, vocabulary]}. */
    private Tensor score(Tensor hidden) {
        return backend.scoped("text_decoder.cls.predictions", () -> {
            Tensor inner = transform.apply(hidden, Fusion.NONE.withActivation(activation));
            return vocabulary.apply(inner, Fusion.NONE.withNorm(norm));
        });
    }
}
