package dev.fovea.models.blip;

import dev.fovea.models.blip.Blip.Pixels;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.GenerationOptions.EarlyStopping;
import dev.fovea.models.json.JsonScanner;
import dev.fovea.models.json.JsonValue;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A small checkpoint and what transformers made of it; {@code oracle/README.md} lists the entries. */
final class BlipCase implements AutoCloseable {

    private final Path folder;
    private final Checkpoint expected;
    private final JsonValue description;
    private final Set<String> unread = new TreeSet<>();

    private BlipCase(Path folder) {
        this.folder = folder;
        expected = Checkpoint.open(folder.resolve("expected.safetensors"));
        description = JsonScanner.readObject(folder.resolve("case.json"));
        expected.tensors().forEach(tensor -> unread.add(tensor.name()));
    }

    static BlipCase open(String name) {
        return new BlipCase(folder(name));
    }

    static Path folder(String name) {
        try {
            return Path.of(BlipCase.class.getResource("cases/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies the checkpoint, without what was expected of it, into an empty folder. */
    static Path copy(String name, Path to) {
        try (Stream<Path> files = Files.list(folder(name))) {
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().matches("expected.*|case.json|generations.*|sampling.*")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the case lies, the checkpoint and what is expected of it. */
    Path folder() {
        return folder;
    }

    /** Groups of pictures by the beginning of their entries' names. */
    List<String> groups() {
        return description.get("pictures").items().stream()
                .map(group -> group.get("prefix").text(""))
                .toList();
    }

    /** Pictures of one size. */
    Pixels pixels(String group) {
        JsonValue sizes = description.get("pictures").items().stream()
                .filter(candidate -> candidate.get("prefix").text("").equals(group))
                .findFirst()
                .orElseThrow();
        Grid grid = new Grid(
                sizes.get("count").integer(0),
                sizes.get("height").integer(0),
                sizes.get("width").integer(0));
        return new Pixels(floats(group + ".pixel_values"), grid);
    }

    /** One of them. */
    Pixels pixels(String group, int picture) {
        return pixels(group).part(picture, picture + 1);
    }

    List<String> texts() {
        return description.get("texts").items().stream()
                .map(text -> text.get("text").text(""))
                .toList();
    }

    List<int[]> textIds() {
        return description.get("texts").items().stream()
                .map(text -> integers(text.get("ids")))
                .toList();
    }

    int[] decoderIds() {
        return integers(description.get("decoder_ids"));
    }

    boolean has(String entry) {
        return expected.find(entry).isPresent();
    }

    float[] floats(String entry) {
        unread.remove(entry);
        return expected.find(entry).orElseThrow().weight().toFloats();
    }

    /** The last so many numbers of one of several equal parts of an entry. */
    float[] endOfPart(String entry, int part, int parts, int count) {
        float[] all = floats(entry);
        int end = all.length / parts * (part + 1);
        return Arrays.copyOfRange(all, end - count, end);
    }

    Set<String> unread() {
        return unread;
    }

    /**
     * A call of {@code generate}.
     *
     * @param scores of beam search, else empty
     */
    record Generated(
            String id,
            String group,
            int picture,
            String prompt,
            int[] promptIds,
            int[] questionIds,
            GenerationOptions options,
            List<int[]> sequences,
            float[] scores,
            String text) {}

    List<Generated> generations() {
        try (Stream<String> lines = Files.lines(folder.resolve("generations.jsonl"))) {
            return lines.map(line -> JsonScanner.readObject(line, "a line"))
                    .map(BlipCase::generated)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Generated generated(JsonValue line) {
        return new Generated(
                line.get("id").text(""),
                line.get("group").text(""),
                line.get("picture").integer(0),
                line.get("prompt").isMissing() ? null : line.get("prompt").text(""),
                integers(line.get("prompt_ids")),
                integers(line.get("question_ids")),
                options(line.get("options")),
                line.get("sequences").items().stream().map(BlipCase::integers).toList(),
                floats(line.get("scores")),
                line.get("text").text(""));
    }

    /** What generate's arguments are called here; an argument that is not known is an error. */
    static GenerationOptions options(JsonValue given) {
        return GenerationOptions.DEFAULT.with(options -> {
            for (Map.Entry<String, JsonValue> argument : given.fields().entrySet()) {
                JsonValue value = argument.getValue();
                switch (argument.getKey()) {
                    case "num_beams" -> options.beams = value.integer(0);
                    case "do_sample" -> options.sample = value.flag(false);
                    case "length_penalty" -> options.lengthPenalty = value.number(0);
                    case "early_stopping" ->
                        options.earlyStopping = value.isText()
                                ? EarlyStopping.NEVER
                                : value.flag(false) ? EarlyStopping.AT_ENOUGH : EarlyStopping.HEURISTIC;
                    case "num_return_sequences" -> options.returnSequences = value.integer(0);
                    case "max_new_tokens" -> options.maxNewTokens = value.integer(0);
                    case "max_length" -> options.maxLength = value.integer(0);
                    case "min_length" -> options.minLength = value.integer(0);
                    case "min_new_tokens" -> options.minNewTokens = value.integer(0);
                    case "no_repeat_ngram_size" -> options.noRepeatNgramSize = value.integer(0);
                    case "repetition_penalty" -> options.repetitionPenalty = value.number(0);
                    case "bad_words_ids" ->
                        options.badWords =
                                value.items().stream().map(BlipCase::integers).toList();
                    case "forced_eos_token_id" -> options.forcedLast = value.integer(0);
                    case "forced_bos_token_id" -> options.forcedFirst = value.integer(0);
                    case "temperature" -> options.temperature = value.number(0);
                    case "top_k" -> options.topK = value.integer(0);
                    case "top_p" -> options.topP = value.number(0);
                    case "min_p" -> options.minP = value.number(0);
                    case "typical_p" -> options.typicalP = value.number(0);
                    default -> throw new IllegalStateException("no such option here: " + argument.getKey());
                }
            }
        });
    }

    static int[] integers(JsonValue list) {
        return list.items().stream().mapToInt(item -> item.integer(0)).toArray();
    }

    static float[] floats(JsonValue list) {
        float[] values = new float[list.items().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) list.get(i).number(0);
        }
        return values;
    }

    @Override
    public void close() {
        expected.close();
    }
}
