package dev.fovea.models.florence.network;

import dev.fovea.models.decoding.DecoderSession;
import dev.fovea.models.nn.KeyValueCache;
import dev.fovea.models.nn.Linear;
import dev.fovea.models.nn.Parameters;
import dev.fovea.models.nn.TokenIds;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerStack;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.LayerNorm;
import dev.fovea.tensor.Rewriting;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The language model: BART (Lewis et al. 2020), whose encoder reads the picture's tokens and the prompt in one sequence
 * and whose decoder writes the answer.
 */
public final class Bart {

    private static final String OUTPUT = "lm_head.weight";

    private final Backend backend;
    private final FlorenceConfig.Text config;
    private final int vocabularySize;
    private final Weight.Embedding words;
    private final Stack encoder;
    private final Stack decoder;
    private final Linear vocabulary;

    /** The parts that the encoder and the decoder have separately: positions, the norm after them, and blocks. */
    private record Stack(Weight.Embedding positions, LayerNorm norm, TransformerStack blocks) {}

    /**
     * Takes the weights of the language model.
     *
     * @param model the level that holds {@code language_model}
     * @param top the level that holds transformers' {@code lm_head}
     */
    public Bart(Parameters model, Parameters top, FlorenceConfig.Text config) {
        this.config = config;
        backend = model.backend();
        Parameters language = model.at("language_model");
        Parameters inner = language.weights().names().stream().anyMatch(name -> name.startsWith("model."))
                ? language.at("model")
                : language;
        WeightData table = words(inner, language.weights(), top.weights());
        vocabularySize = Math.toIntExact(table.shape().extent(0));
        words = backend.embeddingWeight(table);
        TransformerShape shape = config.encoder();
        encoder = stack(
                inner,
                "encoder",
                TransformerStack.encoder(inner.at("encoder"), "layers", shape, FlorenceNames.LANGUAGE_BLOCK));
        decoder = stack(
                inner,
                "decoder",
                TransformerStack.decoder(
                        inner.at("decoder"),
                        "layers",
                        config.decoder(),
                        FlorenceNames.LANGUAGE_BLOCK,
                        config.hiddenSize()));
        vocabulary = vocabulary(language.weights(), top.weights(), table, model);
    }

    private Stack stack(Parameters inner, String name, TransformerStack blocks) {
        Parameters stack = inner.at(name);
        return new Stack(
                stack.embedding("embed_positions", config.positionRows(), config.hiddenSize()),
                stack.layerNorm(
                        "layernorm_embedding",
                        config.hiddenSize(),
                        config.encoder().epsilon()),
                blocks);
    }

    /**
     * Returns the table of token embeddings, which files hold once under any of the names of the layers that share it.
     */
    private WeightData words(Parameters inner, Weights language, Weights top) {
        WeightData table = null;
        for (String name : List.of("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")) {
            if (table == null && inner.weights().has(name)) {
                table = inner.weights().table(name, config.hiddenSize());
            } else if (inner.weights().has(name)) {
                inner.weights().tensor(name, table.shape());
            }
        }
        for (Weights level : List.of(top, language)) {
            if (table == null && level.has(OUTPUT)) {
                table = level.table(OUTPUT, config.hiddenSize());
            }
        }
        return table != null ? table : inner.weights().table("shared.weight", config.hiddenSize()); // which is missing
    }

    /**
     * Returns the output layer: the table of embeddings, unless the file has a separate matrix. Microsoft's has a bias.
     */
    private Linear vocabulary(Weights language, Weights top, WeightData table, Parameters model) {
        WeightData matrix = (language.has(OUTPUT) ? language : top).tied(OUTPUT, table);
        List<WeightData> biases = language.optional("final_logits_bias", Shape.of(1, vocabularySize)).stream()
                .map(bias -> model.derived(
                        bias.name(),
                        Shape.of(vocabularySize),
                        new Rewriting(List.of(bias), List::getFirst, (values, gradient) -> List.of(gradient))))
                .toList();
        return model.linear(List.of(matrix), biases);
    }

    /** Returns the number of token ids. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Reads pictures and prompts.
     *
     * @param images the pictures' tokens, {@code [images * tokens, hidden]}
     * @param tokens of each picture
     * @param prompts for every picture its prompt's ids
     * @return {@code [rows of sequences(tokens, prompts), hidden]}
     */
    public Tensor encode(Tensor images, int tokens, List<int[]> prompts) {
        Segments sequences = sequences(tokens, prompts);
        int[] ids = TokenIds.joined(prompts);
        int[] order = new int[sequences.totalLength()];
        int[] positions = new int[order.length];
        int text = images.rows();
        for (int picture = 0; picture < prompts.size(); picture++) {
            int start = sequences.start(picture);
            for (int i = 0; i < sequences.length(picture); i++) {
                order[start + i] = i < tokens ? picture * tokens + i : text++;
                positions[start + i] = i;
            }
        }
        return backend.scoped("language_model.encoder", () -> {
            Tensor read = backend.concatRows(List.of(images, embed(ids)));
            return encoder.blocks.apply(placed(encoder, backend.gatherRows(read, order), positions), sequences);
        });
    }

    /** Returns every picture's rows in the result of {@link #encode}: its tokens, then those of its prompt. */
    public static Segments sequences(int tokens, List<int[]> prompts) {
        return Segments.ofLengths(
                prompts.stream().mapToInt(ids -> tokens + ids.length).toArray());
    }

    private Tensor embed(int[] ids) {
        Tensor vectors = backend.embedding(words, ids);
        return config.embeddingScale() == 1
                ? vectors
                : backend.multiply(vectors, backend.tensor(1, 1, new float[] {config.embeddingScale()}));
    }

    /** Adds positions to tokens and normalises the sums, for the blocks to read. */
    private Tensor placed(Stack stack, Tensor tokens, int[] positions) {
        int[] rows = IntStream.of(positions)
                .map(at -> at + FlorenceConfig.Text.POSITION_OFFSET)
                .toArray();
        return backend.scoped(
                "embeddings",
                () -> backend.layerNorm(backend.add(tokens, backend.embedding(stack.positions, rows)), stack.norm));
    }

    /**
     * Scores the next token at every place of whole texts, as training needs it.
     *
     * @param encoded the encoder states, as {@link #encode} returned them
     * @param sequences every text's rows there
     * @param texts token ids, from the start token on
     * @return logits {@code [tokens, vocabulary]}, text after text
     */
    public Tensor logits(Tensor encoded, Segments sequences, List<int[]> texts) {
        int[] ids = TokenIds.joined(texts);
        int[] positions = TokenIds.positions(texts);
        Segments segments = TokenIds.segments(texts);
        Tensor hidden = backend.scoped(
                "language_model.decoder",
                () -> decoder.blocks.apply(
                        placed(decoder, embed(ids), positions), segments, encoded, sequences, segments));
        return backend.scoped("lm_head", () -> vocabulary.apply(hidden));
    }

    /**
     * Starts to decode.
     *
     * @param encoded the encoder states, as {@link #encode} returned them
     * @param sequences every picture's rows there
     * @param capacity the most tokens that the cache will hold
     */
    public DecoderSession start(Tensor encoded, Segments sequences, int capacity) {
        List<Tensor> keysValues =
                backend.scoped("language_model.decoder", () -> decoder.blocks.sourceKeysValues(encoded));
        KeyValueCache cache = decoder.blocks.cache(keysValues, sequences, capacity);
        return (parents, tokens, logits) -> advance(cache, parents, tokens, logits);
    }

    /**
     * Reads the next tokens of a cache's sequences and scores what could follow; see {@link DecoderSession#advance}.
     */
    private void advance(KeyValueCache cache, int[] parents, int[][] tokens, float[][] logits) {
        int[] positions = cache.advance(parents, TokenIds.lengths(List.of(tokens)));
        int[] ids = TokenIds.joined(List.of(tokens));
        backend.scoped("", () -> {
            Tensor hidden = backend.scoped(
                    "language_model.decoder",
                    () -> decoder.blocks.apply(placed(decoder, embed(ids), positions), cache)); // [new tokens, hidden]
            Tensor last = backend.gatherRows(hidden, cache.lastRows()); //                         [sequences, hidden]
            Tensor scores = backend.scoped("lm_head", () -> vocabulary.apply(last));
            scores.copyRows(
                    logits); //                                                            [sequences, vocabulary]
            return null;
        });
    }
}
