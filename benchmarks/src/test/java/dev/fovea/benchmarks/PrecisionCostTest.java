package dev.fovea.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The embedded models on drawn pictures. */
class PrecisionCostTest {

    @TempDir
    private Path folder;

    private record Said(int status, String output, String errors) {}

    private static Said run(String... arguments) {
        StringWriter output = new StringWriter();
        StringWriter errors = new StringWriter();
        CommandLine line =
                PrecisionCost.commandLine().setOut(new PrintWriter(output)).setErr(new PrintWriter(errors));
        int status = line.execute(arguments);
        return new Said(status, output.toString(), errors.toString());
    }

    private static void draw(Path file, Color ground, Color disc) throws IOException {
        BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = picture.createGraphics();
        pen.setColor(ground);
        pen.fillRect(0, 0, 64, 64);
        pen.setColor(disc);
        pen.fillOval(12, 12, 40, 40);
        pen.dispose();
        Files.createDirectories(file.getParent());
        ImageIO.write(picture, "png", file.toFile());
    }

    private void drawClasses() throws IOException {
        draw(folder.resolve("red_circle/a.png"), Color.WHITE, Color.RED);
        draw(folder.resolve("red_circle/b.png"), Color.LIGHT_GRAY, Color.RED);
        draw(folder.resolve("blue_circle/a.png"), Color.WHITE, Color.BLUE);
        Files.writeString(folder.resolve("blue_circle/notes.txt"), "no picture");
    }

    @Test
    void clipWithClasses() throws IOException {
        drawClasses();
        Path markdown = folder.resolve("out.md");
        Said said =
                run("clip-mini", folder.toString(), "--precisions", "int8,INT16", "--markdown", markdown.toString());
        assertEquals(0, said.status, said.errors);
        assertTrue(said.output.contains("3 pictures, 2 labels"), said.output);
        assertTrue(said.output.contains("| f32 | 0 (0.00%) | 1.0000 | 0.0e+00 | 1.000000 | "), said.output);
        for (String precision : List.of("int8", "int16")) {
            Pattern row = Pattern.compile(
                    "\\| " + precision + " \\| [0-3] \\(.*%\\) \\| 1\\.0000 \\| .* \\| (0\\.99|1\\.00).*");
            assertTrue(said.output.lines().anyMatch(row.asMatchPredicate()), said.output);
        }
        assertTrue(said.output.contains("| 100.00% |"), "both labels are among five: " + said.output);
        assertEquals(said.output, Files.readString(markdown).stripTrailing() + "\n");
    }

    @Test
    void clipWithLabelsOfAFile() throws IOException {
        draw(folder.resolve("a.png"), Color.WHITE, Color.RED);
        draw(folder.resolve("b.png"), Color.BLACK, Color.GREEN);
        Path labels = folder.resolve("labels.txt");
        Files.writeString(labels, "a red circle\na green circle\n\na dog\n");
        Said said = run("clip-mini", folder.toString(), "--labels", labels.toString(), "--precisions", "int8");
        assertEquals(0, said.status, said.errors);
        assertTrue(said.output.contains("2 pictures, 3 labels") && said.output.contains("recall@1 "), said.output);
    }

    @Test
    void captionsOfScenes() throws IOException {
        draw(folder.resolve("0000.png"), Color.WHITE, Color.RED);
        Files.writeString(
                folder.resolve("scenes.jsonl"),
                """
                {"id": "0000", "image": "0000.png", "text": "no such \\"caption\\"", "kind": "one", "questions": [
                """.strip() + "{\"kind\": \"count\", \"question\": \"how many?\", \"answer\": \"1\"}]}\n");
        Path written = folder.resolve("said");
        Said said =
                run("blip-mini/captioner", folder.toString(), "--precisions", "int8", "--write", written.toString());
        assertEquals(0, said.status, said.errors);
        assertTrue(said.output.contains("| f32 | 0 (0.00%) | 0 (0.00%) | 0.00% |"), said.output);
        assertTrue(said.output.contains("| one | 1 | 0.0% | 0.0% |"), said.output);
        assertTrue(Files.readString(written.resolve("int8.jsonl"))
                .startsWith("{\"id\": \"0000\", \"task\": \"one\", \"raw\": \""));
        Said answers = run("blip-mini/answerer", folder.toString(), "--precisions", "int8");
        assertEquals(0, answers.status, answers.errors);
        assertTrue(answers.output.contains("| count | 1 |"), answers.output);
    }

    @Test
    void florence() throws IOException {
        draw(folder.resolve("0000.png"), Color.WHITE, Color.RED);
        Said alone = run("florence-mini", folder.toString(), "--precisions", "int16", "--task", "<CAPTION>");
        assertEquals(0, alone.status, alone.errors);
        assertTrue(
                alone.output.startsWith("### florence-mini on ") && alone.output.contains("1 answers of "),
                alone.output);
        Files.writeString(folder.resolve("scenes.jsonl"), """
                {"id": "0000", "image": "0000.png", "questions": [{"task": "<CAPTION>", "text": "<CAPTION>", \
                "answer": "x"},\
                 {"task": "<REGION_TO_CATEGORY>", "text": "<REGION_TO_CATEGORY><loc_1><loc_1><loc_900><loc_900>", \
                 "answer": "x"}]}
                """);
        Said said = run("florence-mini", folder.toString(), "--precisions", "int16");
        assertEquals(0, said.status, said.errors);
        assertTrue(said.output.contains("2 answers of "), said.output);
        assertTrue(said.output.contains("| `<REGION_TO_CATEGORY>` | 1 | 0.0% | 0.0% |"), said.output);
    }

    @Test
    void complainsInOneLine() throws IOException {
        Said none = run("clip-mini", folder.resolve("none").toString());
        assertEquals(1, none.status);
        assertTrue(none.errors.startsWith("precision: " + folder.resolve("none") + ": no such folder"), none.errors);
        Said empty = run("clip-mini", folder.toString());
        assertTrue(empty.errors.contains("no pictures in it"), empty.errors);
        draw(folder.resolve("a.png"), Color.WHITE, Color.RED);
        Said unlabelled = run(
                "clip-mini",
                folder.toString(),
                "--labels",
                folder.resolve("none").toString());
        assertTrue(unlabelled.errors.contains("no such file; give one with a label a line"), unlabelled.errors);
        Said unasked = run("blip-mini/answerer", folder.toString());
        assertTrue(unasked.errors.contains("no scenes.jsonl"), unasked.errors);
    }
}
