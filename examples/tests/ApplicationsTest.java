import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.search.LabelledPicture;
import dev.fovea.search.Tagger;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
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
                    assertTrue(Files.readAllLines(file).size() < MOST_LINES, file.toString());
                    String readme = Files.readString(file.resolveSibling("README.md"));
                    assertTrue(readme.contains(file.getFileName().toString()), file.toString());
                }
            }
        }
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
}
