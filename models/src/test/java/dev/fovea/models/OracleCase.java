package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.GenerationOptions.EarlyStopping;
import dev.fovea.models.image.Pixels;
import dev.fovea.tensor.Grid;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.observe.RecordingBackend;
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
public abstract class OracleCase implements AutoCloseable {

    private final Path folder;
    private final double limit;
    private final Checkpoint expected;
    protected final JsonValue description;
    private final Set<String> unread = new TreeSet<>();

    /**
     * @param limit the largest difference between two rows of numbers that counts as none, by the largest number
     */
    protected OracleCase(Path folder, double limit) {
        this.folder = folder;
        this.limit = limit;
        expected = Checkpoint.open(folder.resolve("expected.safetensors"));
        description = JsonReader.readObject(folder.resolve("case.json"));
        expected.tensors().forEach(tensor -> unread.add(tensor.name()));
    }

    /** The folder of a case beside a test class. */
    protected static Path folder(Class<?> owner, String name) {
        return folder(owner, "cases", name);
    }

    /** The same where a test class has cases of several kinds. */
    protected static Path folder(Class<?> owner, String cases, String name) {
        try {
            return Path.of(owner.getResource(cases + "/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies a checkpoint, without what was expected of it, into an empty folder. */
    protected static Path copy(Path from, Path to) {
        try (Stream<Path> files = Files.list(from)) {
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

    /** The lines that tell of generated texts. */
    protected List<JsonValue> generationLines() {
        try (Stream<String> lines = Files.lines(folder.resolve("generations.jsonl"))) {
            return lines.map(line -> JsonReader.readObject(line, "a line")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the case lies, the checkpoint and what is expected of it. */
    public Path folder() {
        return folder;
    }

    /** Groups of pictures by the beginning of their entries' names. */
    public List<String> groups() {
        return description.get("pictures").items().stream()
                .map(group -> group.get("prefix").text(""))
                .toList();
    }

    /** Pictures of one size. */
    public Pixels pixels(String group) {
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
    public Pixels pixels(String group, int picture) {
        return pixels(group).part(picture, picture + 1);
    }

    public List<int[]> textIds() {
        return description.get("texts").items().stream()
                .map(text -> integers(text.get("ids")))
                .toList();
    }

    public int[] decoderIds() {
        return integers(description.get("decoder_ids"));
    }

    public boolean has(String entry) {
        return expected.find(entry).isPresent();
    }

    public float[] floats(String entry) {
        unread.remove(entry);
        return expected.find(entry).orElseThrow().weight().toFloats();
    }

    /** The last so many numbers of one of several equal parts of an entry. */
    public float[] endOfPart(String entry, int part, int parts, int count) {
        float[] all = floats(entry);
        int end = all.length / parts * (part + 1);
        return Arrays.copyOfRange(all, end - count, end);
    }

    /** Compares with the end of one of several equal parts of an entry. */
    public void checkEnd(String entry, int part, int parts, float[] found) {
        check(entry, found, endOfPart(entry, part, parts, found.length));
    }

    /** The same with what a recorder holds under a name. */
    public void checkEnd(String entry, int part, int parts, RecordingBackend recorder, String recording) {
        checkEnd(entry, part, parts, recorded(recorder, recording));
    }

    /** What a recorder holds under a name. */
    public static float[] recorded(RecordingBackend recorder, String name) {
        RecordingBackend.Recording found = recorder.recordings().get(name);
        assertNotNull(
                found,
                () -> "no " + name + " among "
                        + recorder.recordings().keySet().stream()
                                .filter(other -> !other.contains("("))
                                .toList());
        return found.values();
    }

    /** Compares numbers with those of the reference. */
    public void check(String what, float[] found, float[] expected) {
        assertEquals(expected.length, found.length, what);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Float.isFinite(found[i]), what + " holds " + found[i]);
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found[i]));
        }
        assertTrue(difference <= limit * largest, what + " differs by " + difference + " of " + largest);
    }

    /** Does not compare the entries whose names match a regular expression. */
    public void leaveOut(String names) {
        unread.removeIf(entry -> entry.matches(names));
    }

    /** Makes sure that every other entry was compared. */
    public void checkAllRead() {
        assertTrue(unread.isEmpty(), "not compared: " + unread);
    }

    /** What generate's arguments are called here; an argument that is not known is an error. */
    public static GenerationOptions options(GenerationOptions own, JsonValue given) {
        return own.with(options -> {
            for (Map.Entry<String, JsonValue> argument : given.fields().entrySet()) {
                JsonValue value = argument.getValue();
                switch (argument.getKey()) {
                    case "num_beams" -> options.beams(value.integer(0));
                    case "do_sample" -> options.sample(value.flag(false));
                    case "length_penalty" -> options.lengthPenalty(value.number(0));
                    case "early_stopping" ->
                        options.earlyStopping(
                                value.isText()
                                        ? EarlyStopping.NEVER
                                        : value.flag(false) ? EarlyStopping.AT_ENOUGH : EarlyStopping.HEURISTIC);
                    case "num_return_sequences" -> options.returnSequences(value.integer(0));
                    case "max_new_tokens" -> options.maxNewTokens(value.integer(0));
                    case "max_length" -> options.maxLength(value.integer(0));
                    case "min_length" -> options.minLength(value.integer(0));
                    case "min_new_tokens" -> options.minNewTokens(value.integer(0));
                    case "no_repeat_ngram_size" -> options.noRepeatNgramSize(value.integer(0));
                    case "repetition_penalty" -> options.repetitionPenalty(value.number(0));
                    case "bad_words_ids" ->
                        options.badWords(value.items().stream()
                                .map(OracleCase::integers)
                                .map(word -> Arrays.stream(word).boxed().toList())
                                .toList());
                    case "forced_eos_token_id" -> options.forcedLast(value.integer(0));
                    case "forced_bos_token_id" -> options.forcedFirst(value.integer(0));
                    case "temperature" -> options.temperature(value.number(0));
                    case "top_k" -> options.topK(value.integer(0));
                    case "top_p" -> options.topP(value.number(0));
                    case "min_p" -> options.minP(value.number(0));
                    case "typical_p" -> options.typicalP(value.number(0));
                    default -> throw new IllegalStateException("no such option here: " + argument.getKey());
                }
            }
        });
    }

    public static int[] integers(JsonValue list) {
        return list.items().stream().mapToInt(item -> item.integer(0)).toArray();
    }

    public static float[] floats(JsonValue list) {
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
