package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The commands on an index, as a user runs them. */
class IndexCommandsTest {

    private static final int PICTURES = 12;

    @TempDir
    static Path directory;

    private static Path model;

    @TempDir
    Path folder;

    @BeforeAll
    static void model() throws IOException {
        model = TinyClip.write(directory.resolve("model"));
    }

    private Path photos() {
        return folder.resolve("photos");
    }

    private Path index() {
        return folder.resolve("photos.index");
    }

    private Path picture(String name, int colour) throws IOException {
        Path file = ClassifyCommandTest.picture(photos().resolve(name), colour);
        return Files.setLastModifiedTime(file, FileTime.fromMillis(1_600_000_000_000L));
    }

    private void pictures() throws IOException {
        for (int i = 0; i < PICTURES; i++) {
            picture("%02d.png".formatted(i), 0x123456 * (i + 1));
        }
    }

    private Ran run(Object... arguments) {
        return Ran.fovea(arguments);
    }

    private Ran indexed(Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("index", photos(), "--into", index(), "--model", model));
        arguments.addAll(List.of(more));
        return Ran.fovea(arguments.toArray());
    }

    private static void assertOneLine(int exit, String expected, Ran ran) {
        assertEquals(exit, ran.exit(), ran.err());
        assertEquals("", ran.out());
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertTrue(ran.err().startsWith("fovea: ") && ran.err().contains(expected), ran.err());
    }

    @Test
    void indexSaysWhatItDid() throws IOException {
        pictures();
        Ran first = indexed();
        assertEquals(0, first.exit(), first.err());
        assertEquals("", first.err());
        assertEquals(
                "12 pictures in " + index() + ": 12 added, 0 updated, 0 moved, 0 removed, 0 unchanged\n", first.out());
        Files.move(photos().resolve("03.png"), photos().resolve("three.png"));
        Files.delete(photos().resolve("04.png"));
        Files.writeString(photos().resolve("broken.png"), "none");
        Ran second = indexed("--json");
        assertEquals(1, second.exit());
        JsonNode json = second.json();
        assertEquals(index().toString(), json.get("index").asText());
        assertEquals(model.toString(), json.get("model").asText());
        int[] expected = {11, 0, 0, 1, 1, 10};
        String[] names = {"pictures", "added", "updated", "moved", "removed", "unchanged"};
        for (int i = 0; i < names.length; i++) {
            assertEquals(expected[i], json.get(names[i]).asInt(), names[i]);
        }
        JsonNode unreadable = json.get("unreadable");
        assertEquals(1, unreadable.size());
        assertEquals(
                photos().resolve("broken.png").toString(),
                unreadable.get(0).get("image").asText());
        assertTrue(second.err().contains(unreadable.get(0).get("error").asText()), second.err());
    }

    @Test
    void searchFindsByTextPictureAndCondition() throws IOException {
        pictures();
        Path fields = Files.writeString(folder.resolve("fields.csv"), "image,year\n00.png,2019\n01.png,2021\n");
        indexed("--fields", fields);
        Ran text = run("search", index(), "a red line", "--json", "--top", 5, "--candidates", 9);
        assertEquals(0, text.exit(), text.err());
        assertEquals(model.toString(), text.json().get("model").asText()); // that of the index
        JsonNode results = text.json().get("results");
        assertEquals(5, results.size());
        for (int i = 1; i < 5; i++) {
            assertTrue(results.get(i).get("score").asDouble()
                    <= results.get(i - 1).get("score").asDouble());
        }
        Path seventh = photos().resolve("07.png");
        Ran picture = run("search", index(), "--image", seventh);
        assertEquals(" 1.0000  " + seventh, picture.out().lines().findFirst().orElseThrow(), picture.out());
        assertEquals(10, picture.out().lines().count());
        Ran condition = run("search", index(), "x", "--where", "fields=1 or year>=2020 and name=0*", "--json");
        assertEquals(1, condition.exit());
        condition = run("search", index(), "x^2", "y^.5", "--where", "year>=2020 and name=01*", "--json");
        assertEquals(1, condition.json().get("results").size(), condition.err());
        JsonNode hit = condition.json().get("results").get(0);
        assertEquals(photos().resolve("01.png").toString(), hit.get("image").asText());
        assertEquals("2021", hit.get("fields").get("year").get(0).asText());
        Ran region = run("search", index(), "--image", seventh, "--region", "0,0,10,10", "--not", "a cat", "--top", 1);
        assertEquals(0, region.exit(), region.err());
        assertEquals(1, region.out().lines().count());
    }

    @Test
    void aSheetIsOnePage() throws IOException {
        pictures();
        indexed();
        Path page = folder.resolve("found.html");
        Ran ran = run("search", index(), "<b>lines</b> & more", "--sheet", page, "--top", 4);
        assertEquals(0, ran.exit(), ran.err());
        String html = Files.readString(page);
        assertEquals(4, html.split("<img ", -1).length - 1);
        assertTrue(html.contains("&lt;b&gt;lines&lt;/b&gt; &amp; more"), html);
        assertOneLine(1, "cannot be written", run("search", index(), "x", "--sheet", folder.resolve("no/such.html")));
    }

    @Test
    void duplicatesAreGrouped() throws IOException {
        picture("a.png", 0xFF0000);
        picture("b.png", 0x00FF00);
        Files.copy(photos().resolve("a.png"), photos().resolve("c.png"));
        indexed();
        Ran json = run("duplicates", index(), "--threshold", "1", "--json");
        assertEquals(0, json.exit(), json.err());
        JsonNode images = json.json().get("groups").get(0).get("images");
        assertEquals(1, json.json().get("groups").size());
        assertEquals(
                photos().resolve("a.png").toString(), images.get(0).get("image").asText());
        assertFalse(images.get(0).get("identical").asBoolean());
        assertTrue(images.get(1).get("identical").asBoolean());
        assertEquals(1, images.get(1).get("similarity").asDouble(), 1e-5);
        Ran people = run("duplicates", index(), "--threshold", "1");
        assertEquals(
                " 1.0000   " + photos().resolve("a.png") + "\n 1.0000 = " + photos().resolve("c.png") + "\n",
                people.out());
        Files.delete(photos().resolve("c.png"));
        indexed();
        assertEquals(
                "no duplicates\n",
                run("duplicates", index(), "--threshold", "1").out());
    }

    @Test
    void tagsOfAFolderAndOfItsIndexAreTheSame() throws IOException {
        pictures();
        indexed();
        Path labels = Files.writeString(folder.resolve("labels.txt"), "red\nblue\n\ngreen\n");
        Ran ofFolder = run("tag", photos(), "--labels", labels, "--threshold", "0.3", "--json", "--model", model);
        assertEquals(0, ofFolder.exit(), ofFolder.err());
        Ran ofIndex = run("tag", index(), "--labels", labels, "--threshold", "0.3", "--json");
        assertEquals(0, ofIndex.exit(), ofIndex.err());
        JsonNode images = ofFolder.json().get("images");
        assertEquals(PICTURES, images.size());
        assertEquals(images, ofIndex.json().get("images"));
        assertEquals(3, ofFolder.json().get("thresholds").size());
        Path file = folder.resolve("tags.jsonl");
        for (int i = 0; i < 2; i++) {
            Ran ran = run("tag", photos(), "--labels", labels, "--threshold", "0", "--to", file, "--model", model);
            assertEquals(0, ran.exit(), ran.err());
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals(PICTURES, lines.size());
        assertEquals(
                3, new ObjectMapper().readTree(lines.getFirst()).get("tags").size());
        Path csv = folder.resolve("tags.csv");
        run("tag", index(), "--labels", labels, "--threshold", "0", "--to", csv);
        assertEquals("image,tags,scores", Files.readAllLines(csv).getFirst().strip());
        Ran xmp = run("tag", photos(), "--labels", labels, "--threshold", "0", "--to", "xmp", "--model", model);
        assertEquals(0, xmp.exit(), xmp.err());
        assertTrue(Files.readString(photos().resolve("05.xmp")).contains("<rdf:li>green</rdf:li>"));
        Ran again = indexed("--fields", file, "--json");
        assertEquals(PICTURES, again.json().get("updated").asInt(), again.err());
        assertEquals(
                PICTURES,
                run("search", index(), "x", "--where", "tags=green", "--top", 100, "--json")
                        .json()
                        .get("results")
                        .size());
    }

    @Test
    void anIndexIsExported() throws IOException {
        pictures();
        indexed();
        Path out = folder.resolve("out");
        Ran ran = run("export", index(), "--to", out, "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(PICTURES, ran.json().get("pictures").asInt());
        assertEquals(PICTURES, Files.readAllLines(out.resolve("pictures.jsonl")).size());
        assertEquals(128 + PICTURES * 8 * 4, Files.size(out.resolve("vectors.npy")));
        assertOneLine(1, "this folder cannot be made", run("export", index(), "--to", out.resolve("vectors.npy")));
    }

    @Test
    void whatWasExportedIsImported() throws IOException {
        pictures();
        indexed();
        Path out = folder.resolve("vectors");
        assertEquals(0, run("export", index(), "--to", out).exit());
        Path copy = folder.resolve("copy");
        assertOneLine(2, "--model must name the model", run("import", out, "--into", copy));
        Ran ran = run("import", out, "--into", copy, "--model", model, "--json");
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(PICTURES, ran.json().get("added").asInt());
        assertEquals(PICTURES, ran.json().get("pictures").asInt());
        Object[] query = {"search", index(), "a red line", "--json", "--top", 5};
        Object[] same = {"search", copy, "a red line", "--json", "--top", 5};
        List<String> images = run(query).json().get("results").findValuesAsText("image");
        assertEquals(5, images.size());
        assertEquals(images, run(same).json().get("results").findValuesAsText("image"));
        Ran again = run("import", out, "--into", copy);
        assertEquals(0, again.exit(), again.err());
        assertTrue(again.out().startsWith(PICTURES + " pictures in "), again.out());
        assertOneLine(
                1,
                "8 numbers, those of the model clip-mini have",
                run("import", out, "--into", folder.resolve("other"), "--model", "clip-mini"));
        assertOneLine(1, "holds neither vectors.npy nor img_emb", run("import", copy, "--into", copy));
    }

    @Test
    void thresholdsComeFromExamples() throws IOException {
        pictures();
        Path labels = Files.writeString(folder.resolve("labels.txt"), "red\nblue\n");
        Path examples = Files.writeString(
                folder.resolve("examples.csv"), "image,tags\nphotos/00.png,red; blue\nphotos/01.png,\n");
        Ran ran = run("tag", photos(), "--labels", labels, "--examples", examples, "--json", "--model", model);
        assertEquals(0, ran.exit(), ran.err());
        assertEquals(2, ran.json().get("images").get(0).get("tags").size(), ran.out());
        Files.writeString(examples, "image,tags\nphotos/00.png,purple\n");
        assertOneLine(
                1,
                "the label \"purple\", which the vocabulary lacks",
                run("tag", photos(), "--labels", labels, "--examples", examples, "--model", model));
    }

    @Test
    void whatIsWrongIsOneLine() throws IOException {
        pictures();
        Path labels = Files.writeString(folder.resolve("labels.txt"), "red\n");
        assertOneLine(1, "no such index; make one with fovea index", run("search", index(), "a"));
        assertOneLine(1, "no such file or folder", run("index", folder.resolve("typo"), "--into", index()));
        assertFalse(Files.exists(index()));
        indexed();
        assertOneLine(2, "search needs a TEXT or an --image FILE", run("search", index()));
        assertOneLine(2, "--not only takes something away", run("search", index(), "--not", "a"));
        assertOneLine(1, "has no word; say what the pictures show", run("search", index(), " "));
        assertOneLine(1, "has no word; say what the pictures show", run("search", index(), ""));
        assertOneLine(1, "has no word; say what the pictures do not", run("search", index(), "a", "--not", ""));
        assertOneLine(2, "--region is about the picture", run("search", index(), "a", "--region", "0,0,1,1"));
        assertOneLine(2, "expected x1,y1,x2,y2", run("search", index(), "--image", labels, "--region", "1,2"));
        Path picture = photos().resolve("01.png");
        assertOneLine(
                1,
                "is no part of a picture of 20 x 24",
                run("search", index(), "--image", picture, "--region", "9,9,99,9"));
        assertOneLine(2, "is a file, not a text", run("search", index(), picture));
        assertOneLine(2, "--where has no condition", run("search", index(), "a", "--where", ""));
        assertOneLine(2, "--top must be 1 or more", run("search", index(), "a", "--top", "0"));
        assertOneLine(2, "--candidates must be 1 or more", run("search", index(), "a", "--candidates", "0"));
        assertOneLine(1, "at character 5, but it ends", run("search", index(), "a", "--where", "year"));
        assertOneLine(
                1, "no picture of the index has a field colour", run("search", index(), "a", "--where", "colour=1"));
        for (String wrong : List.of("0", "-1", "1.5", "NaN")) {
            assertOneLine(2, "--threshold must be larger than 0", run("duplicates", index(), "--threshold=" + wrong));
            if (!wrong.equals("0")) {
                assertOneLine(
                        2,
                        "--threshold must be from 0 to 1",
                        run("tag", photos(), "--labels", labels, "--threshold=" + wrong));
            }
        }
        Path other = TinyClip.writeResNet(folder.resolve("other"));
        assertOneLine(1, "was made with the model", run("search", index(), "a", "--model", other));
        assertOneLine(1, "was made with the model", run("index", photos(), "--into", index(), "--model", other));
        assertOneLine(1, "in int8", run("search", index(), "a", "--compute", "int8"));
        Files.writeString(folder.resolve("empty.txt"), "\n");
        assertOneLine(1, "no labels", run("tag", photos(), "--labels", folder.resolve("empty.txt"), "--model", model));
        Path none = Files.createDirectories(folder.resolve("none"));
        run("index", none, "--into", folder.resolve("empty.index"), "--model", model);
        assertOneLine(1, "this index holds no pictures", run("search", folder.resolve("empty.index"), "a"));
        assertOneLine(1, "this index holds no pictures", run("duplicates", folder.resolve("empty.index")));
        Files.write(index().resolve("segments_9"), new byte[] {1, 2, 3});
        assertOneLine(1, "delete it and index again", run("duplicates", index()));
    }

    /** Java cannot open a file whose name is not in the system's encoding. */
    @Test
    @DisabledOnOs({OS.WINDOWS, OS.MAC})
    void namesThatAreNoTextAreReported() throws Exception {
        pictures();
        Path picture = photos().resolve("01.png");
        Process copy = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "cp \"$1\" \"$(printf '%s/\\377.png' \"$2\")\"",
                        "sh",
                        picture.toString(),
                        photos().toString())
                .start();
        assertEquals(0, copy.waitFor());
        Ran ran = indexed();
        assertEquals(1, ran.exit());
        assertTrue(ran.out().startsWith("12 pictures") && ran.out().endsWith("1 unreadable\n"), ran.out());
        assertEquals(1, ran.err().lines().count(), ran.err());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void filesWithoutPermissionAreReported() throws IOException {
        pictures();
        Path secret = photos().resolve("05.png");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(secret), "the superuser may do anything");
        Ran ran = indexed();
        assertEquals(1, ran.exit());
        assertTrue(ran.out().startsWith("11 pictures"), ran.out());
        assertEquals(1, ran.err().lines().count(), ran.err());
    }
}
