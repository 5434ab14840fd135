package dev.fovea.models.clip;

import dev.fovea.tensor.Grid;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import dev.fovea.tensor.safetensors.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A small checkpoint and what transformers made of it; {@code oracle/README.md} lists the entries. */
final class OracleCase implements AutoCloseable {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path files;
    private final Checkpoint expected;
    private final JsonValue description;
    private final Set<String> unread = new TreeSet<>();

    /** Pictures of one size. */
    record Pictures(String prefix, Grid grid, float[] pixels) {}

    /**
     * Texts.
     *
     * @param ids of each
     * @param pooled for each the token whose output is the text's
     */
    record Texts(String prefix, List<int[]> ids, int[] pooled) {}

    private OracleCase(Path files) {
        this.files = files;
        expected = Checkpoint.open(files.resolve("expected.safetensors"));
        description = JsonReader.readObject(files.resolve("case.json"));
        expected.tensors().stream()
                .filter(tensor -> tensor.type().equals("F32"))
                .forEach(tensor -> unread.add(tensor.name()));
    }

    static List<String> names() {
        try (Stream<Path> cases = Files.list(cases())) {
            return cases.map(folder -> folder.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static OracleCase open(String name) {
        return new OracleCase(cases().resolve(name));
    }

    /** The checkpoint as it lies among the resources. */
    static Path original(String name) {
        return cases().resolve(name);
    }

    private static Path cases() {
        try {
            return Path.of(OracleCase.class.getResource("cases").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies the checkpoint into an empty folder, with a tokenizer of single letters and preprocessing beside it. */
    static Path copy(String name, Path folder) {
        try (Stream<Path> found = Files.list(cases().resolve(name))) {
            for (Path file : found.toList()) {
                if (!file.endsWith("expected.safetensors") && !file.endsWith("case.json")) {
                    Files.copy(file, folder.resolve(file.getFileName()));
                }
            }
            addTokenizer(folder);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A tokenizer of single letters, and preprocessing. */
    static void addTokenizer(Path folder) {
        try {
            StringBuilder vocabulary = new StringBuilder("{");
            for (char letter = 'a'; letter <= 'z'; letter++) {
                vocabulary.append(
                        "\"%c\": %d, \"%c</w>\": %d, ".formatted(letter, letter - 'a', letter, letter - 'a' + 26));
            }
            vocabulary.append("\"<|startoftext|>\": 62, \"<|endoftext|>\": 63}");
            Files.writeString(folder.resolve("vocab.json"), vocabulary);
            Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
            Files.writeString(
                    folder.resolve("preprocessor_config.json"),
                    "{\"size\": {\"shortest_edge\": 24}, \"crop_size\": {\"height\": 24, \"width\": 24}}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same for this case. */
    Path copyTo(Path folder) {
        return copy(files.getFileName().toString(), folder);
    }

    List<Pictures> pictures() {
        List<Pictures> groups = new ArrayList<>();
        for (JsonValue group : description.get("pictures").items()) {
            String prefix = group.get("prefix").text("");
            Grid grid = new Grid(
                    group.get("count").integer(0),
                    group.get("height").integer(0),
                    group.get("width").integer(0));
            groups.add(new Pictures(prefix, grid, floats(prefix + ".pixels")));
        }
        return groups;
    }

    List<Texts> texts() {
        List<Texts> groups = new ArrayList<>();
        for (JsonValue group : description.get("texts").items()) {
            String prefix = group.get("prefix").text("");
            int[] ids = integers(prefix + ".ids");
            List<int[]> texts = new ArrayList<>();
            int at = 0;
            for (int length : integers(prefix + ".lengths")) {
                texts.add(Arrays.copyOfRange(ids, at, at + length));
                at += length;
            }
            groups.add(new Texts(prefix, texts, integers(prefix + ".pooled_index")));
        }
        return groups;
    }

    boolean has(String entry) {
        return expected.find(entry).isPresent();
    }

    float[] floats(String entry) {
        unread.remove(entry);
        return expected.find(entry).orElseThrow().weight().toFloats();
    }

    /** Some rows of an entry that is a matrix. */
    float[] rows(String entry, int... rows) {
        int width = Math.toIntExact(expected.find(entry).orElseThrow().shape().extent(-1));
        float[] all = floats(entry);
        float[] chosen = new float[rows.length * width];
        IntStream.range(0, rows.length).forEach(i -> System.arraycopy(all, rows[i] * width, chosen, i * width, width));
        return chosen;
    }

    private int[] integers(String entry) {
        return expected.find(entry).orElseThrow().data().toArray(INT);
    }

    /** The numbers that nobody has asked for. */
    Set<String> unread() {
        return unread;
    }

    @Override
    public void close() {
        expected.close();
    }
}
