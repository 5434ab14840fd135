package dev.fovea.evaluation.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.evaluation.metrics.Box;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleFileTest {

    @TempDir
    private Path directory;

    private Path write(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }

    private String complaint(String name, String content, Consumer<ExampleFile> use) throws IOException {
        Path file = write(name, content);
        String message = assertThrows(FoveaException.class, () -> {
                    try (ExampleFile data = ExampleFile.open(file)) {
                        use.accept(data);
                    }
                })
                .getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertEquals(1, message.lines().count(), message);
        return message.substring(file.toString().length());
    }

    @Test
    void labelsComeFromAnyFormat() throws IOException {
        List<LabelledImage> expected = List.of(
                new LabelledImage(directory.resolve("a.png"), "cat"),
                new LabelledImage(directory.resolve("b c.png"), "big dog"));
        String lines =
                "\uFEFF{\"image\": \"a.png\", \"label\": \"cat\"}\n\n{\"image\":\"b c.png\",\"class\":\"big dog\"}\n";
        assertEquals(expected, ExampleFile.open(write("a.jsonl", lines)).labels());
        assertEquals(
                expected,
                ExampleFile.open(write("a.csv", "image,label\r\na.png,cat\r\n\"b c.png\",big dog\r\n"))
                        .labels());
        assertEquals(
                expected,
                ExampleFile.open(write("a.tsv", "filepath\tlabel\na.png\tcat\nb c.png\tbig dog\n"))
                        .labels());
        assertEquals(
                expected,
                ExampleFile.open(write(
                                "a.json",
                                "[{\"image\":\"a.png\",\"label\":\"cat\"},"
                                        + "{\"image\":\"b c.png\",\"cls\":\"big dog\"}]"))
                        .labels());
        List<LabelledImage> elsewhere = ExampleFile.open(directory.resolve("a.csv"), Path.of("/pictures"))
                .labels();
        assertEquals(Path.of("/pictures/a.png"), elsewhere.getFirst().image());
    }

    @Test
    void classesAreFolders() throws IOException {
        for (String name : List.of("big_dog/1.png", "big_dog/in/2.jpg", "cat/3.gif", "cat/notes.txt", "cat/4.heic")) {
            Path file = directory.resolve("set").resolve(name);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
        Files.createDirectories(directory.resolve("set/.hidden"));
        Files.createDirectories(directory.resolve("set/empty"));
        ExampleFile data = ExampleFile.open(directory.resolve("set"));
        assertEquals(
                List.of("big dog", "big dog", "cat"),
                data.labels().stream().map(LabelledImage::label).toList());
        assertEquals(1, data.problems().size());
        assertTrue(data.problems().getFirst().reason().contains("HEIC"));
        assertEquals(
                List.of("big dog", "cat", "empty"),
                List.copyOf(ClassFolders.labels(directory.resolve("set")).values()));
        assertThrows(FoveaException.class, data::captions);
        Files.createDirectories(directory.resolve("set/big dog"));
        assertThrows(FoveaException.class, data::labels);
        assertThrows(FoveaException.class, () -> ClassFolders.labels(directory.resolve("set/empty")));
        assertThrows(FoveaException.class, () -> ClassFolders.labels(directory.resolve("nowhere")));
    }

    @Test
    void linesAboutOnePictureAreOneExample() throws IOException {
        String lines = """
                {"image": "a.png", "references": ["one", "two"], "caption": "three"}
                {"image": "b.png", "caption": "alone"}
                {"image": "a.png", "text": "four"}
                """;
        List<CaptionedImage> captions =
                ExampleFile.open(write("a.jsonl", lines)).captions();
        assertEquals(
                List.of(
                        new CaptionedImage(
                                directory.resolve("a.png"), List.of("one", "two", "four"), Optional.of("three")),
                        new CaptionedImage(directory.resolve("b.png"), List.of("alone"), Optional.empty())),
                captions);
    }

    /** Excel's CSV where commas are in numbers: a mark at the beginning, semicolons, and Windows' ends of lines. */
    @Test
    void excelsCsv() throws IOException {
        Files.createDirectories(directory.resolve("shop"));
        Files.writeString(directory.resolve("shop/b.png"), "");
        List<CaptionedImage> read = ExampleFile.open(
                        write("e.csv", "\uFEFFimage;text\r\na.png;\"red, \"\"old\"\"; small\"\r\nshop\\b.png;x\r\n"))
                .captions();
        assertEquals(List.of("red, \"old\"; small"), read.getFirst().texts());
        assertEquals(directory.resolve("shop/b.png"), read.getLast().image());
    }

    @Test
    void questionsPhrasesExpressionsAndTexts() throws IOException {
        String lines = """
                {"image":"a.png","question":"what?","answers":[{"answer":"cat"},{"answer":"dog"}],"answer_type":"other"}
                {"image":"a.png","question":"how many?","answers":2,"question_id":77,"answer":"2"}
                """;
        List<AskedQuestion> questions =
                ExampleFile.open(write("q.jsonl", lines)).questions();
        assertEquals(List.of("cat", "dog"), questions.getFirst().answers());
        assertEquals(Optional.of("other"), questions.getFirst().type());
        assertEquals("1", questions.getFirst().id());
        assertEquals("77", questions.getLast().id());
        assertEquals(List.of("2"), questions.getLast().answers());
        assertEquals(Optional.of("2"), questions.getLast().predicted());

        lines = """
                {"image":"a.png","phrase":"a cat","box":[4,6,1,2],"predicted":[]}
                {"image":"a.png","text":"a dog","boxes":[[0,0,1,1],[2,2,3,3]],"predicted":[0,0,1,1]}
                """;
        List<GroundedPhrase> phrases = ExampleFile.open(write("p.jsonl", lines)).phrases();
        assertEquals(List.of(new Box(1, 2, 3, 4)), phrases.getFirst().boxes());
        assertEquals(Optional.of(List.of()), phrases.getFirst().predicted());
        assertEquals(2, phrases.getLast().boxes().size());
        assertEquals(
                Optional.of(List.of(new Box(0, 0, 1, 1))), phrases.getLast().predicted());

        lines = """
                {"image":"a.png","expression":"cat","polygons":[[0,0,2,0,2,2,0,2]]}
                {"image":"a.png","expression":"dog","segmentation":{"size":[2,4],"counts":[1,2,5]},
                """.strip() + "\"predicted\":[0,0,4,0,4,2,0,2],\"width\":4,\"height\":2}\n";
        List<SegmentedExpression> expressions =
                ExampleFile.open(write("s.jsonl", lines)).expressions();
        assertEquals(4, expressions.getFirst().region().mask(5, 5).area());
        assertEquals(2, expressions.getLast().region().mask(4, 2).area());
        assertEquals(
                8, expressions.getLast().predicted().orElseThrow().mask(4, 2).area());
        assertThrows(
                IllegalArgumentException.class,
                () -> expressions.getLast().region().mask(5, 2));

        List<WrittenText> texts = ExampleFile.open(write("t.csv", "image,text,predicted\na.png,\"STOP, now\",\n"))
                .texts();
        assertEquals(List.of(new WrittenText(directory.resolve("a.png"), "STOP, now", Optional.of(""))), texts);
    }

    @Test
    void mistakesNameTheirLine() throws IOException {
        String good = "{\"image\":\"a.png\",\"label\":\"cat\"}\n";
        assertEquals(
                ", line 2: not valid JSON: it ends too early; correct the line",
                complaint("a.jsonl", good + "{\"image\":", ExampleFile::labels));
        assertEquals(
                ", line 3: names no picture; give it a field image",
                complaint("a.jsonl", good + "\n{\"label\":\"dog\"}", ExampleFile::labels));
        assertEquals(
                ", line 2: has no field label; expected a text",
                complaint("a.jsonl", good + "{\"image\":\"b.png\"}", ExampleFile::labels));
        assertEquals(
                ", line 2: label is empty; expected a text",
                complaint("a.csv", "image,label\na.png,\n", ExampleFile::labels));
        assertEquals(
                ", line 2: is no JSON object; expected fields such as {\"image\": \"a.jpg\", ...}",
                complaint("a.jsonl", good + "[1]", ExampleFile::labels));
        assertTrue(complaint("a.jsonl", good + good.replace("cat", "dog"), ExampleFile::labels)
                .contains("is there as \"cat\" and as \"dog\""));
        assertEquals(": holds no examples; write one a line", complaint("a.jsonl", "\n", ExampleFile::labels));
        assertEquals(": holds no examples; write one a line", complaint("a.csv", "", ExampleFile::labels));
        assertEquals(": holds no examples; write one a line", complaint("a.json", "[]", ExampleFile::labels));
        assertEquals(
                ", line 3: has 3 values, expected 2 as in the first line; a text with a separator in it stands between"
                        + " quotes",
                complaint("a.csv", "image,label\na.png,cat\nb.png,dog,x\n", ExampleFile::labels));
        assertTrue(complaint("a.jsonl", "{\"image\":\"a.png\"}", ExampleFile::captions)
                .contains("line 1: has no text about the picture"));
        assertTrue(complaint(
                        "a.jsonl",
                        "{\"image\":\"a.png\",\"text\":\"x\",\"caption\":\"y\"}\n{\"image\":\"a.png\",\"text\":\"x\","
                                + "\"caption\":\"z\"}",
                        ExampleFile::captions)
                .contains("another caption"));
        String question = "{\"image\":\"a.png\",\"question\":\"q\",\"answers\":[\"a\"],\"id\":1}\n";
        assertTrue(complaint("a.jsonl", question + question, ExampleFile::questions)
                .contains("line 2: the id 1 is there already"));
        assertTrue(complaint("a.jsonl", question.replace("[\"a\"]", "[]"), ExampleFile::questions)
                .contains("no field answers"));
        String phrase = "{\"image\":\"a.png\",\"phrase\":\"p\",\"box\":[1,2,3]}";
        assertTrue(complaint("a.jsonl", phrase, ExampleFile::phrases).contains("expected a box x1, y1, x2, y2"));
        assertTrue(complaint("a.jsonl", phrase.replace("[1,2,3]", "[1,2,3,\"4\"]"), ExampleFile::phrases)
                .contains("expected a list of numbers"));
        assertTrue(complaint("a.jsonl", phrase.replace("box", "bux"), ExampleFile::phrases)
                .contains("has no field box"));
        String expression = "{\"image\":\"a.png\",\"expression\":\"p\",\"polygons\":[[1,2,3]]}";
        assertTrue(complaint("a.jsonl", expression, ExampleFile::expressions).contains("polygon [1.0, 2.0, 3.0]"));
        assertTrue(complaint(
                        "a.jsonl",
                        expression.replace("[[1,2,3]]", "{\"size\":[2,2],\"counts\":[1]}"),
                        ExampleFile::expressions)
                .contains("do not add up"));
        assertTrue(complaint("a.txt", "x", ExampleFile::labels).contains("expected a folder, or a name that ends in"));
        Files.write(directory.resolve("latin.jsonl"), new byte[] {'{', (byte) 0xE4, '}'});
        assertThrows(FoveaException.class, () -> ExampleFile.open(directory.resolve("latin.jsonl")));
        assertThrows(FoveaException.class, () -> ExampleFile.open(directory.resolve("nothere.jsonl")));
        assertThrows(FoveaException.class, () -> ExampleFile.open(directory.resolve("nothere.tar")));
    }

    private Path tar(String name, boolean zipped, String... namesAndContents) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = zipped ? new GZIPOutputStream(bytes) : bytes;
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (int i = 0; i < namesAndContents.length; i += 2) {
                byte[] content = namesAndContents[i + 1].getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(namesAndContents[i]);
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
        return Files.write(directory.resolve(name), bytes.toByteArray());
    }

    @Test
    void samplesOfAWebDatasetAreExamples() throws IOException {
        for (boolean zipped : new boolean[] {false, true}) {
            Path file = tar(
                    zipped ? "a.tar.gz" : "a.tar",
                    zipped,
                    "set/0001.jpg",
                    "picture one",
                    "set/0001.txt",
                    " a cat\n",
                    "set/0001.json",
                    "{\"cls\": 3, \"caption\": \"the cat\"}",
                    "set/0002.seg.png",
                    "picture two",
                    "set/0002.txt",
                    "a dog",
                    "set/0003.txt",
                    "without a picture",
                    "set/" + "x".repeat(150) + ".webp",
                    "picture three",
                    "set/" + "x".repeat(150) + ".txt",
                    "long name");
            List<CaptionedImage> captions;
            try (ExampleFile data = ExampleFile.open(file)) {
                captions = data.captions();
                assertEquals(3, captions.size());
                assertEquals(1, data.problems().size());
                assertTrue(data.problems().getFirst().reason().contains("sample set/0003: has no picture"));
                assertEquals(List.of("a cat"), captions.getFirst().texts());
                assertEquals(Optional.of("the cat"), captions.getFirst().predicted());
                assertEquals("picture one", Files.readString(captions.getFirst().image()));
                assertEquals("picture two", Files.readString(captions.get(1).image()));
                assertTrue(captions.get(1).image().toString().endsWith(".png"));
                assertEquals("picture three", Files.readString(captions.get(2).image()));
                String missing =
                        assertThrows(FoveaException.class, data::labels).getMessage();
                assertEquals(file + ", sample set/0002: has no field label; expected a text", missing);
            }
            for (CaptionedImage picture : captions) {
                assertFalse(Files.exists(picture.image()));
            }
            assertFalse(Files.exists(captions.getFirst().image().getParent()));
        }
    }

    @Test
    void brokenArchivesAreNamed() throws IOException {
        Path file = tar("a.tar", false, "1.jpg", "x".repeat(5000), "1.txt", "a");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 2000));
        String message =
                assertThrows(FoveaException.class, () -> ExampleFile.open(file)).getMessage();
        assertTrue(message.contains("check that it is a whole tar file"), message);
        Path json = tar("b.tar", false, "1.jpg", "x", "1.json", "{");
        message =
                assertThrows(FoveaException.class, () -> ExampleFile.open(json)).getMessage();
        assertTrue(message.startsWith(json + ", 1.json: not valid JSON"), message);
        Path empty = tar("c.tar", false, "1.txt", "x");
        message = assertThrows(FoveaException.class, () -> ExampleFile.open(empty))
                .getMessage();
        assertEquals(empty + ": holds no examples; write one a line", message);
    }

    @Test
    void cocoIsReadWithItsNumbers() throws IOException {
        String coco = """
                {"images": [{"id": 9, "file_name": "b.png"}, {"id": 4, "file_name": "a.png"}],
                 "categories": [{"id": 1, "name": "cat"}, {"id": 90, "name": "dog"}],
                 "annotations": [
                   {"image_id": 4, "category_id": 90, "bbox": [1, 2, 3, 4.5], "area": 7.5, "iscrowd": 1},
                   {"image_id": 9, "category_id": 1, "bbox": [-5, 0, 500, 1]}]}
                """;
        Path file = write("coco.json", coco);
        CocoFile data = CocoFile.read(file, Path.of("in"));
        assertEquals(Path.of("in/b.png"), data.images().get(9L));
        assertEquals(List.of(9L, 4L), List.copyOf(data.images().keySet()));
        assertEquals(7.5, data.truths().getFirst().area());
        assertTrue(data.truths().getFirst().crowd());
        assertEquals(500, data.truths().getLast().area());
        Path results = write(
                "results.json", "[{\"image_id\": 4, \"category_id\": 1, \"bbox\": [0, 0, 1, 1], \"score\": 0.5}]");
        assertEquals(0.5, data.predictions(results).getFirst().score());
        String[][] mistakes = {
            {"\"image_id\": 4", "\"image_id\": 5", "annotations 1: there is no picture 5 in the data set"},
            {"\"category_id\": 90", "\"category_id\": 2", "annotations 1: there is no category 2 in the data set"},
            {"[1, 2, 3, 4.5]", "[1, 2, -3, 4.5]", "annotations 1: box x 1.0"},
            {"{\"id\": 4,", "{\"id\": 9,", "images 2: the id 9 is there twice"},
            {"\"id\": 1,", "\"id\": 1.5,", "categories 1: has no field id that is a whole number"},
            {"\"annotations\"", "\"annotation\"", "holds no annotations"}
        };
        for (String[] mistake : mistakes) {
            Path wrong = write("wrong.json", coco.replace(mistake[0], mistake[1]));
            String message = assertThrows(FoveaException.class, () -> CocoFile.read(wrong, directory))
                    .getMessage();
            assertTrue(message.contains(mistake[2]), message);
        }
        for (String score : List.of("\"x\"", "null")) {
            Path wrong = write("results.json", Files.readString(results).replace("0.5", score));
            assertThrows(FoveaException.class, () -> data.predictions(wrong));
        }
        Path captions = write(
                "captions.json",
                "{\"images\":[{\"id\":1,\"file_name\":\"a.png\"}],\"annotations\":[{\"image_id\":1,\"caption\":\"x\"},"
                        + "{\"image_id\":1,\"caption\":\"y\"}]}");
        List<CaptionedImage> pictures = ExampleFile.open(captions).captions();
        assertEquals(List.of("x", "y"), pictures.getFirst().texts());
        assertThrows(FoveaException.class, () -> ExampleFile.open(captions).labels());
    }

    @Test
    void vqaIsTwoFilesAndAPattern() throws IOException {
        Path questions =
                write("questions.json", "{\"questions\":[{\"question_id\":5,\"image_id\":42,\"question\":\"what?\"}]}");
        Path annotations = write(
                "annotations.json",
                "{\"annotations\":[{\"question_id\":5,\"answers\":[{\"answer\":\"a\"},{\"answer\":\"b\"}],"
                        + "\"answer_type\":\"other\"}]}");
        AskedQuestion question =
                VqaFile.read(annotations, questions, "val/COCO_{012}.jpg").getFirst();
        assertEquals(Path.of("val/COCO_000000000042.jpg"), question.image());
        assertEquals(List.of("a", "b"), question.answers());
        assertEquals(
                Path.of("42.jpg"),
                VqaFile.read(annotations, questions, "{}.jpg").getFirst().image());
        assertThrows(FoveaException.class, () -> VqaFile.read(annotations, questions, "val"));
        assertThrows(FoveaException.class, () -> VqaFile.read(questions, annotations, "{}.jpg"));
        Path other = write("other.json", Files.readString(questions).replace(":5,", ":6,"));
        assertThrows(FoveaException.class, () -> VqaFile.read(annotations, other, "{}.jpg"));
    }

    @Test
    void biasFilesSayWhatToMeasure() throws IOException {
        String good = """
                {"pictures": [{"image": "a.png", "group": "g", "label": "cat"}], "unwanted": ["crime"],
                 "associations": [{"name": "n", "x": {"texts": ["a", "b"]}, "y": {"texts": ["c", "d"]},
                                   "a": {"images": ["x.png"]}, "b": {"texts": ["e"]}}]}
                """;
        BiasFile data = BiasFile.read(write("bias.json", good));
        assertEquals(List.of("cat"), data.labels());
        assertEquals(List.of(directory.resolve("a.png"), directory.resolve("x.png")), data.images());
        String[][] mistakes = {
            {"\"unwanted\": [\"crime\"]", "\"labels\": [\"dog\"]", "is not among labels"},
            {"[\"crime\"]", "[\"cat\"]", "both among labels and unwanted"},
            {"{\"images\": [\"x.png\"]}", "{}", "associations 1, a: expected either images or texts"},
            {"\"group\": \"g\",", "", "pictures 1: has no field group"}
        };
        for (String[] mistake : mistakes) {
            Path wrong = write("wrong.json", good.replace(mistake[0], mistake[1]));
            String message = assertThrows(FoveaException.class, () -> BiasFile.read(wrong))
                    .getMessage();
            assertTrue(message.contains(mistake[2]), message);
        }
        Path nothing = write("nothing.json", "{}");
        assertThrows(FoveaException.class, () -> BiasFile.read(nothing));
        assertArrayEquals(new String[0], data.queries().toArray());
    }
}
