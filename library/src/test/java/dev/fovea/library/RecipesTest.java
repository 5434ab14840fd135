package dev.fovea.library;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users copy out of the documentation compiles, with the imports that {@code docs/recipes.md} names. */
class RecipesTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern JAVA = Pattern.compile("^```java\\R(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

    /** What a page may speak of without declaring it. */
    private static final String NAMES = """
            class Names {
                Clip clip;
                Captioner captioner;
                Florence2 florence;
                Picture picture;
                List<Picture> pictures;
            }
            """;

    @TempDir
    private Path directory;

    /** A piece of Java of a page. */
    private static final class Source extends SimpleJavaFileObject {

        private final String text;

        private Source(String name, String text) {
            super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreErrors) {
            return text;
        }
    }

    private static List<String> pieces(String page) throws IOException {
        Matcher java = JAVA.matcher(Files.readString(ROOT.resolve(page)));
        return java.results().map(piece -> piece.group(1)).toList();
    }

    private static String imports() throws IOException {
        return pieces("docs/recipes.md").getLast();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/evaluation.md",
                "docs/http.md",
                "docs/java.md",
                "docs/recipes.md",
                "docs/search.md",
                "docs/services.md",
                "docs/tuning.md"
            })
    void compiles(String page) throws IOException {
        List<Source> sources = new ArrayList<>();
        sources.add(new Source("Names", imports() + NAMES));
        for (String piece : pieces(page)) {
            if (!piece.startsWith("import ") && !piece.startsWith("module ")) {
                String name = "Piece" + sources.size();
                sources.add(new Source(
                        name,
                        imports() + "class " + name + " extends Names { void run() throws Exception {\n" + piece
                                + "\n} }"));
            }
        }
        assertTrue(sources.size() > 1, page + " has no Java");
        assertCompiles(page, sources);
    }

    @Test
    void recipesAreShort() throws IOException {
        for (String piece : pieces("docs/recipes.md")) {
            assertTrue(piece.startsWith("import ") || piece.lines().count() <= 20, piece);
        }
    }

    private void assertCompiles(String page, List<? extends JavaFileObject> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        List<String> options =
                List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
        boolean compiled =
                compiler.getTask(complaints, null, null, options, null, sources).call();
        assertTrue(compiled, page + ":\n" + complaints);
    }
}
