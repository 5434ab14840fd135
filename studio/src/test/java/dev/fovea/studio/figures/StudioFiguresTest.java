package dev.fovea.studio.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.error.HttpFailure;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every figure names a member, a section and lines of Java that there are. */
class StudioFiguresTest {

    private static final List<StudioFigure> FIGURES = FigureRoutes.figures();

    private final FigureRoutes routes = new FigureRoutes();

    @TempDir
    Path folder;

    @Test
    void everyFigureNamesAMember() throws IOException {
        for (StudioFigure figure : FIGURES) {
            FigureRoutes.SourceAnswer source = routes.source(figure.at());
            String member = figure.at().substring(figure.at().indexOf('.') + 1);
            String text = String.join("\n", source.lines());
            assertTrue(text.contains(" " + member + "("), figure.at() + "\n" + text);
            String first = source.lines().getFirst();
            assertTrue(first.startsWith("    /**") || first.equals("    @Override"), figure.at() + "\n" + text);
            assertTrue(text.contains("{") && source.lines().getLast().equals("    }"), figure.at() + "\n" + text);
            List<String> file = Files.readAllLines(Path.of("..").resolve(source.file()));
            assertEquals(source.lines(), file.subList(source.from() - 1, source.to()));
        }
    }

    /** By the list in the pom, since a folder of classes keeps what an earlier build left there. */
    @Test
    void theJarCarriesTheSourcesOfFiguresAndNoOthers() throws IOException {
        Set<String> named = new TreeSet<>();
        for (StudioFigure figure : FIGURES) {
            named.add(routes.source(figure.at()).file());
            named.add("docs/" + figure.doc().substring(0, figure.doc().indexOf('#')));
        }
        Set<String> carried = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("pom.xml"))) {
            Matcher include =
                    Pattern.compile("\\s*<include>(.*\\.(?:java|md))</include>").matcher(line);
            if (include.matches()) {
                carried.add(include.group(1));
            }
        }
        assertEquals(named, carried);
    }

    @Test
    void everyFigureNamesASection() {
        Set<String> ids = new HashSet<>();
        for (StudioFigure figure : FIGURES) {
            assertTrue(ids.add(figure.id()), figure.id());
            assertFalse(routes.doc(figure.doc()).markdown().isBlank(), figure.id());
            assertFalse(figure.pitfalls().isEmpty(), figure.id());
            assertFalse(figure.kinds().isEmpty(), figure.id());
            if (figure.pitfallsOf() != null) {
                assertTrue(figure.kinds().containsAll(figure.pitfallsOf().keySet()), figure.id());
            }
        }
    }

    @Test
    void everyPictureTowerHasAFigureOrASentenceThatSaysWhyNot() {
        List<String> towers = List.of("clip", "siglip", "resnet", "mobileclip", "dinov2", "dinov3", "convnext");
        List<String> pages = List.of(
                "steps", "patches", "attention", "norms", "pca", "merges", "score", "lens", "contributions", "space");
        for (StudioFigure figure : FIGURES) {
            for (String tower : towers) {
                boolean says = figure.absent() != null && figure.absent().containsKey(tower);
                boolean has = figure.kinds().contains(tower);
                assertFalse(has && says, figure.id() + " of " + tower);
                assertTrue(has || says || !pages.contains(figure.id()), figure.id() + " of " + tower);
            }
        }
    }

    @Test
    void theJavaOfEveryFigureCompiles() {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringBuilder methods = new StringBuilder();
        for (StudioFigure figure : FIGURES) {
            if (figure.java() != null) {
                methods.append("    void figure")
                        .append(methods.length())
                        .append("() throws Exception {\n")
                        .append(figure.java()
                                .replaceAll("\\{(layer|head|query)}", "1")
                                .replaceAll("\\{(model|picture|label|labels)}", "x"))
                        .append("\n    }\n");
            }
        }
        String source = "import dev.fovea.models.*;\nimport dev.fovea.models.blip.*;\nimport dev.fovea.models.clip.*;\n"
                + "import dev.fovea.models.florence.*;\nimport dev.fovea.models.generation.*;\n"
                + "import dev.fovea.models.image.*;\nimport dev.fovea.studio.inside.*;\nimport dev.fovea.tensor.*;\n"
                + "import dev.fovea.tensor.observe.*;\nimport java.nio.file.*;\nimport java.util.*;\nclass Snippets {\n"
                + methods + "}\n";
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Snippets.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignore) {
                        return source;
                    }
                };
        StringWriter said = new StringWriter();
        List<String> options =
                List.of("-proc:none", "-cp", System.getProperty("java.class.path"), "-d", folder.toString());
        assertTrue(
                compiler.getTask(said, null, null, options, null, List.of(file)).call(), said::toString);
    }

    @Test
    void membersOfAllFormsAreFound() throws IOException {
        assertEquals(
                "public record CoverCurves(double[] covered, double[] deletion, double[] insertion) {",
                routes.source("CoverCurves").lines().getLast());
        assertTrue(routes.source("Clip.classify").lines().getLast().equals("    }"));
        List<String> encoder =
                Files.readAllLines(Path.of("../models/src/main/java/dev/fovea/models/towers/ImageEncoder.java"));
        assertTrue(SourceMember.find(encoder, "ImageEncoder", "dimension")
                .orElseThrow()
                .lines()
                .getLast()
                .endsWith("int dimension();"));
        for (String absent : List.of("Nothing.of", "Clip.nothing", "../pom", "", "Clip.")) {
            assertEquals(
                    404,
                    assertThrows(HttpFailure.class, () -> routes.source(absent), absent)
                            .status());
        }
    }

    @Test
    void sectionsEndWhereTheNextBegins() {
        FigureRoutes.DocAnswer rollout = routes.doc("studio.md#rollout");
        assertEquals("rollout", rollout.title());
        assertTrue(rollout.markdown().contains("Abnar") && !rollout.markdown().contains("Gandelsman"));
        for (String absent : List.of("nothing.md", "studio.md#nothing", "../../pom.xml", "../studio.md#rollout")) {
            assertEquals(
                    404,
                    assertThrows(HttpFailure.class, () -> routes.doc(absent)).status());
        }
    }
}
