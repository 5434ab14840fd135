import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.search.LabelledPicture;
import dev.fovea.search.Tagger;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each program as its README does, and checks that it is as short as it promises. */
class ApplicationsTest {

    private static final Path DRAWINGS = Path.of("pictures");
    private static final int MOST_LINES = 120;

    @TempDir
    Path directory;

    @FunctionalInterface
    private interface Program {
        void main(String[] arguments) throws Exception;
    }

    private static String run(Program program, Object... arguments) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            program.main(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private Path folder(String name, String... drawings) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(name));
        for (String drawing : drawings) {
            Files.copy(DRAWINGS.resolve(drawing), folder.resolve(drawing));
        }
        return folder;
    }

    @Test
    void programsAreShortAndExplained() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("."), 2)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                if (!file.startsWith("./tests")) {
                    List<String> lines = Files.readAllLines(file);
                    assertTrue(lines.size() < MOST_LINES, file.toString());
                    String name = file.getFileName().toString().replace(".java", "");
                    assertTrue(
                            lines.stream().anyMatch(line -> line.contains("\"usage: " + name + " ")),
                            file + " does not say how it is called");
                    String readme = Files.readString(file.resolveSibling("README.md"));
                    assertTrue(readme.contains(file.getFileName().toString()), file.toString());
                }
            }
        }
    }

    /** Its README says how the shop becomes a project of its own, with versions. */
    @Test
    void aShopOfItsOwnHasTheVersionsOfThisBuild() throws IOException {
        String readme = Files.readString(Path.of("shop/README.md"));
        String build = Files.readString(Path.of("../pom.xml"));
        assertTrue(readme.contains("<version>" + between(build, "<spring-boot.version>") + "</version>"), readme);
        assertTrue(readme.contains("<java.version>" + between(build, "<maven.compiler.release>") + "<"), readme);
        assertTrue(readme.contains("<fovea.version>" + between(build, "<version>") + "<"), readme);
        assertTrue(readme.contains("<fovea.jvm.flags>" + between(build, "<fovea.jvm.flags>") + "<"), readme);
    }

    /** Returns what stands between a tag and the next. */
    private static String between(String text, String tag) {
        int start = text.indexOf(tag) + tag.length();
        return text.substring(start, text.indexOf('<', start));
    }

    @Test
    void productSearchShowsProductsAndFacets() throws Exception {
        Path shop = folder("shop", "octopus.png", "elephant.png", "two-mushrooms.png");
        Path products = Files.writeString(
                directory.resolve("products.csv"),
                "image,brand,price\noctopus.png,Sea,10\nelephant.png,Land,20\ntwo-mushrooms.png,Land,5\n");
        String page = run(ProductSearch::main, shop, products, "an elephant");
        assertTrue(page.lines().findFirst().orElseThrow().endsWith("elephant.png  brand Land, price 20"), page);
        assertTrue(page.contains("brand: Land (2), Sea (1)"), page);
        assertFalse(page.contains("price:"), page);
        String narrowed = run(ProductSearch::main, shop, products, "an elephant", "price<15 and brand=sea");
        assertEquals(2, narrowed.lines().count(), narrowed);
        assertTrue(narrowed.contains("octopus.png"), narrowed);
    }

    @Test
    void cleanUpKeepsTheLargestAndMovesTheRest() throws Exception {
        Path photos = folder("photos", "octopus.png", "elephant.png");
        BufferedImage octopus = Picture.read(DRAWINGS.resolve("octopus.png")).toImage();
        BufferedImage large =
                new BufferedImage(2 * octopus.getWidth(), 2 * octopus.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = large.createGraphics();
        graphics.drawImage(octopus, 0, 0, large.getWidth(), large.getHeight(), null);
        graphics.dispose();
        ImageIO.write(
                large,
                "png",
                Files.createDirectories(photos.resolve("sub"))
                        .resolve("large.png")
                        .toFile());
        Files.copy(DRAWINGS.resolve("elephant.png"), photos.resolve("sub/copy.png"));
        String plan = run(DuplicateCleanUp::main, photos);
        assertTrue(plan.contains("2 pictures could go"), plan);
        assertTrue(Files.exists(photos.resolve("octopus.png")));
        Path bin = directory.resolve("bin");
        run(DuplicateCleanUp::main, photos, bin);
        assertFalse(Files.exists(photos.resolve("octopus.png")));
        assertTrue(Files.exists(bin.resolve("octopus.png")));
        assertTrue(Files.exists(photos.resolve("sub/large.png")));
        assertTrue(run(DuplicateCleanUp::main, photos).contains("0 pictures"));
    }

    @Test
    void altTextsAreAddedWhereTheyAreMissing() throws Exception {
        folder("page", "octopus.png");
        String data = Base64.getEncoder().encodeToString(Files.readAllBytes(DRAWINGS.resolve("elephant.png")));
        Path page = Files.writeString(
                directory.resolve("page/index.html"),
                "<!DOCTYPE html>\n<p>Animals\n<img src=octopus.png?v=2><img src=\"data:image/png;base64," + data
                        + "\"><img src=x.png alt=\"\"><img src=\"https://example.org/a.png\"><img src=missing.png>");
        Path out = directory.resolve("page/out.html");
        String said = run(AltTexts::main, page, out);
        assertTrue(said.startsWith("2 alternative texts written"), said);
        Document document = Jsoup.parse(out.toFile(), "UTF-8");
        List<String> texts = document.select("img").eachAttr("alt");
        assertEquals(3, texts.size(), texts.toString());
        assertTrue(texts.get(0).contains("octopus"), texts.toString());
        assertTrue(texts.get(1).contains("elephant"), texts.toString());
        assertEquals("", texts.get(2));
    }

    @Test
    void moderationDecidesByExamples() throws Exception {
        folder("known", "octopus.png", "elephant.png", "sunflower-and-gift.png");
        Path examples = Files.writeString(directory.resolve("known/examples.jsonl"), """
                {"image": "octopus.png", "tags": ["octopus"]}
                {"image": "elephant.png", "tags": []}
                {"image": "sunflower-and-gift.png", "tags": []}
                """);
        Path queue = folder("queue", "octopus.png", "two-mushrooms.png");
        Files.writeString(queue.resolve("broken.png"), "none");
        Path out = directory.resolve("decisions.csv");
        run(Moderation::main, examples, queue, out);
        List<String> lines = Files.readAllLines(out);
        assertEquals("image,decision,reasons", lines.getFirst());
        assertEquals(4, lines.size());
        assertTrue(lines.get(1).contains("broken.png\",look at it,\"cannot be read\""), lines.toString());
        assertTrue(lines.get(2).contains("octopus.png\",look at it,\"octopus "), lines.toString());
        assertTrue(lines.get(3).endsWith("two-mushrooms.png\",show,\"\""), lines.toString());
        try (Clip clip = Clip.load("clip-mini")) {
            Tagger tagger = Moderation.calibrated(clip, LabelledPicture.read(examples));
            assertTrue(tagger.thresholds().getFirst().score() > 0.1);
        }
    }

    @Test
    void questionsAreAskedAboutEveryPicture() throws Exception {
        Path pictures = folder("pictures", "octopus.png", "two-mushrooms.png");
        Files.writeString(pictures.resolve("a.png"), "none");
        Path out = directory.resolve("answers.csv");
        run(FolderQuestions::main, pictures, out, "what is this?", "how many are there?");
        List<String> lines = Files.readAllLines(out);
        assertEquals("\"image\",\"what is this?\",\"how many are there?\"", lines.getFirst());
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(lines.get(1).matches(".*octopus.png\",\"[^\"]+\",\"[^\"]+\""), lines.toString());
    }

    @Test
    void aScriptSaysWhatPicturesShow() throws Exception {
        Path octopus = DRAWINGS.resolve("octopus.png");
        assertEquals(octopus + "\tan octopus\n", run(Caption::main, octopus).replace("\r", ""));
        String project = Files.readString(Path.of("pom.xml"));
        try (Stream<String> script = Files.lines(Path.of("one-file/Caption.java"))) {
            script.filter(line -> line.startsWith("//DEPS")).forEach(line -> {
                String version = line.substring(line.lastIndexOf(':') + 1);
                assertTrue(project.contains("<version>" + version + "</version>"), line);
            });
        }
    }

    @Test
    void aQuestionIsAnsweredOutOfNotesAndPictures() throws Exception {
        Path mixed = folder("mixed", "octopus.png", "elephant.png");
        Files.writeString(mixed.resolve("notes.txt"), "an octopus has eight arms\n\na trumpet is made of brass\n");
        String answer = run(PictureRag::main, mixed, "is there an octopus?");
        assertEquals(
                List.of("note: an octopus has eight arms", "picture: octopus.png, answer: yes"),
                answer.lines().toList());
    }

    @Test
    void descriptionsGoOnWhereTheyWereStopped() throws Exception {
        Path pictures = folder("pictures", "octopus.png");
        Path out = directory.resolve("descriptions.csv");
        run(ProductDescriptions::main, pictures, out);
        List<String> first = Files.readAllLines(out);
        assertEquals(2, first.size(), first.toString());
        assertTrue(first.get(1).matches(".*octopus.png\",\"[A-Z].*octopus.*\\.\""), first.toString());
        Files.copy(DRAWINGS.resolve("elephant.png"), pictures.resolve("elephant.png"));
        run(ProductDescriptions::main, pictures, out);
        List<String> second = Files.readAllLines(out);
        assertEquals(3, second.size(), second.toString());
        assertEquals(first, second.subList(0, 2));
    }

    @Test
    void aCameraSpeaksWhenTheSceneChanges() throws Exception {
        Path frames = Files.createDirectories(directory.resolve("frames"));
        String[] scenes = {"octopus", "octopus", "elephant", "elephant", "octopus"};
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i < scenes.length; i++) {
            byte[] file = Files.readAllBytes(DRAWINGS.resolve(scenes[i] + ".png"));
            Files.write(frames.resolve(i + ".png"), file);
            stream.write(("--frame\r\nContent-Type: image/png\r\nContent-Length: " + file.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            stream.write(file);
            stream.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        List<String> said = run(Camera::main, frames).lines().toList();
        assertEquals(3, said.size(), said.toString());
        assertTrue(said.get(0).startsWith("0.png: ") && said.get(0).contains("octopus"), said.toString());
        assertTrue(said.get(1).startsWith("2.png: ") && said.get(1).contains("elephant"), said.toString());
        assertTrue(said.get(2).startsWith("4.png: "), said.toString());
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "multipart/x-mixed-replace; boundary=frame");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(stream.toByteArray());
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/stream.mjpg";
            List<String> seen = run(Camera::main, url).lines().toList();
            assertEquals(3, seen.size(), seen.toString());
            assertTrue(seen.get(1).startsWith("frame 3: ") && seen.get(1).contains("elephant"), seen.toString());
        } finally {
            server.stop(0);
        }
    }
}
