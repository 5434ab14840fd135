package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --to} as a user runs it. */
class ResultOptionTest {

    private static final int PICTURES = 21;

    @TempDir
    static Path folder;

    @BeforeAll
    static void pictures() throws IOException {
        for (int i = 0; i < PICTURES; i++) {
            ClassifyCommandTest.picture(folder.resolve("pictures/" + (10 + i) + ".png"), i);
        }
    }

    private static Path pictureFolder() {
        return folder.resolve("pictures");
    }

    private static List<String> vectors(Path file) throws IOException {
        List<String> vectors = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode node = new ObjectMapper().readTree(line);
            vectors.add(node.get("image").asText() + node.get("vector"));
        }
        return vectors;
    }

    @Test
    void whatIsWrittenEqualsTheDocumentAndARunGoesOn() throws IOException {
        JsonNode document = Ran.fovea("embed", "--json", pictureFolder()).json();
        List<String> expected = new ArrayList<>();
        document.get("embeddings")
                .forEach(entry -> expected.add(entry.get("image").asText() + entry.get("vector")));
        Path file = folder.resolve("vectors.jsonl");
        Ran ran = Ran.fovea("embed", pictureFolder(), "--to", file);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(expected, vectors(file));
        assertEquals(file + ": 21 pictures\n", ran.out());

        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        JsonNode said =
                Ran.fovea("embed", "--json", pictureFolder(), "--to", file).json();
        assertEquals(expected, vectors(file));
        assertEquals(
                PICTURES, said.get("pictures").asInt() + said.get("done_before").asInt());
        assertTrue(said.get("done_before").asInt() >= 9, said.toString());

        Ran again = Ran.fovea("embed", pictureFolder(), "--to", file);
        assertEquals(file + ": 0 pictures (21 were done before)\n", again.out());
        assertEquals(expected, vectors(file));
    }

    /** Drafts change the vectors of large JPEG files a little, so a run does not go on with some of each. */
    @Test
    void draftsChangeLittleAndAreNotMixed() throws IOException {
        BufferedImage image = new BufferedImage(600, 450, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 450; y++) {
            for (int x = 0; x < 600; x++) {
                image.setRGB(x, y, Math.hypot(x - 350, y - 200) < 120 ? 0xD02010 : 0x20A0E0 + x / 4);
            }
        }
        Path photo = folder.resolve("photo.jpg");
        ImageIO.write(image, "jpg", photo.toFile());
        JsonNode whole = Ran.fovea("embed", "--json", photo).json().at("/embeddings/0/vector");
        JsonNode draft = Ran.fovea("embed", "--json", "--draft", photo).json().at("/embeddings/0/vector");
        assertNotEquals(whole, draft);
        double cosine = 0;
        for (int i = 0; i < whole.size(); i++)
            cosine += whole.get(i).asDouble() * draft.get(i).asDouble();
        assertTrue(cosine > 0.99, "cosine " + cosine);

        Path file = folder.resolve("drafts.jsonl");
        assertEquals(0, Ran.fovea("embed", "--draft", photo, "--to", file).exit());
        Ran refused = Ran.fovea("embed", photo, "--to", file);
        assertEquals(1, refused.exit());
        assertTrue(refused.err().contains("--draft"), refused.err());
    }

    @Test
    void anotherOptionIsRefused() throws IOException {
        Path file = folder.resolve("refused.jsonl");
        Path picture = folder.resolve("pictures/10.png");
        assertEquals(0, Ran.fovea("embed", picture, "--to", file).exit());
        String before = Files.readString(file);
        Ran other = Ran.fovea("embed", picture, "--weights", "int8", "--to", file);
        assertEquals(1, other.exit());
        assertTrue(other.err().contains("was begun with --weights not given, not int8"), other.err());
        assertEquals(1, Ran.fovea("classify", picture, "a cat", "--to", file).exit());
        assertEquals(before, Files.readString(file));
    }

    /** The options and arguments of every command count, not only those of {@code embed}. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            classify | a cat | --template=a {} | --template not given, not a {}
            classify | a cat | a dog           | LABEL a cat, not a cat a dog
            caption  |       | --seed=3        | --seed not given, not 3
            caption  |       | --model=florence-mini | model blip-mini, not florence-mini
            ask      | what? | --beams=2       | --beams not given, not 2
            match    | a cat | a dog           | TEXT a cat, not a cat a dog
            detect   |       | --describe      | --describe not given, not true
            florence | od    | --weights=int8  | --weights not given, not int8
            """)
    void anotherOptionOfAnyCommandIsRefused(String command, String argument, String more, String said)
            throws IOException {
        Path file = folder.resolve(command + more.hashCode() + ".jsonl");
        List<Object> line = new ArrayList<>(List.of(command, folder.resolve("pictures/10.png")));
        if (argument != null) {
            line.add(argument);
        }
        line.addAll(List.of("--to", file));
        Ran ran = Ran.fovea(line.toArray());
        assertEquals(0, ran.exit(), ran.err());
        String before = Files.readString(file);
        line.add(line.size() - 2, more);
        Ran other = Ran.fovea(line.toArray());
        ErrorsTest.assertOneLine(other, "was begun with " + said + "; use that to go on, or choose another name");
        assertEquals(before, Files.readString(file));
    }

    @Test
    void labelsThatChangedAreRefused() throws IOException {
        Path file = folder.resolve("labels.csv");
        Path picture = folder.resolve("pictures/10.png");
        Path labels = Files.writeString(folder.resolve("labels.txt"), "a cat\na dog\n");
        assertEquals(
                0,
                Ran.fovea("classify", picture, "--labels", labels, "--to", file).exit());
        List<String> rows = Files.readAllLines(file);
        assertEquals("image,results", rows.get(0));
        assertTrue(rows.get(1).startsWith(picture + ",\"[{\"\"label\"\":"), rows.get(1));
        Files.writeString(labels, "a cat\na bird\n");
        assertEquals(
                1,
                Ran.fovea("classify", picture, "--labels", labels, "--to", file).exit());
        assertEquals(2, Files.readAllLines(file).size());
    }

    @Test
    void captionsAndTextsAreWritten() throws IOException {
        Path captions = folder.resolve("captions.csv");
        Path picture = folder.resolve("pictures/10.png");
        Ran ran = Ran.fovea("caption", picture, "--to", captions);
        assertEquals(0, ran.exit(), ran.err());
        assertTrue(Files.readAllLines(captions).get(0).startsWith("image,caption,tokens"));

        Path vectors = folder.resolve("vectors.npy");
        assertEquals(
                0,
                Ran.fovea("embed", picture, "--text", "a cat", "--to", vectors).exit());
        assertTrue(new String(Files.readAllBytes(vectors), 10, 80).contains("'shape': (2, "));
        assertEquals(3, Files.readAllLines(folder.resolve("vectors.npy.run")).size());
    }

    @Test
    void whatCannotBeReadIsTriedAgainTheNextTime() throws IOException {
        Path some = Files.createDirectories(folder.resolve("some"));
        Files.copy(folder.resolve("pictures/10.png"), some.resolve("a.png"));
        Files.write(some.resolve("b.png"), new byte[] {1, 2, 3});
        Path file = folder.resolve("some.jsonl");
        Ran first = Ran.fovea("embed", some, "--to", file);
        assertEquals(1, first.exit());
        assertEquals(1, Files.readAllLines(file).size());
        Files.delete(some.resolve("b.png"));
        Files.copy(folder.resolve("pictures/11.png"), some.resolve("b.png"));
        Ran second = Ran.fovea("embed", some, "--to", file);
        assertEquals(0, second.exit(), second.err());
        assertEquals(2, Files.readAllLines(file).size());
    }

    @Test
    void otherEndingsAreRefusedBeforeAnythingIsLoaded() {
        Ran ran = Ran.fovea("embed", folder.resolve("pictures/10.png"), "--to", folder.resolve("r.txt"));
        assertEquals(1, ran.exit());
        assertTrue(ran.err().contains(".jsonl, .csv"), ran.err());
        assertFalse(Files.exists(folder.resolve("r.txt")));
    }
}
