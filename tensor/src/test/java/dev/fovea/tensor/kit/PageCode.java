package dev.fovea.tensor.kit;

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

/** The pieces of Java on a page of the documentation, which users copy. */
public final class PageCode {

    private static final Pattern JAVA = Pattern.compile("^```java\\R(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

    private PageCode() {}

    /** One of them, as a file that the compiler reads. */
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

    /** Returns the pieces of a page in Markdown. */
    public static List<String> pieces(Path page) throws IOException {
        Matcher java = JAVA.matcher(Files.readString(page));
        return java.results().map(piece -> piece.group(1)).toList();
    }

    /**
     * Checks that each piece of a page compiles in a method of its own, on the class path of the test. Pieces that are
     * imports or a module are left out.
     *
     * @param imports lines that stand before each
     * @param names fields that a page may speak of without declaring them, such as {@code Picture picture;}
     * @param directory an empty one, for the compiled classes
     */
    public static void assertCompiles(Path page, String imports, String names, Path directory) throws IOException {
        List<Source> sources = new ArrayList<>();
        sources.add(new Source("Names", imports + "class Names {\n" + names + "}\n"));
        for (String piece : pieces(page)) {
            if (!piece.startsWith("import ") && !piece.startsWith("module ")) {
                String name = "Piece" + sources.size();
                sources.add(new Source(
                        name,
                        imports + "class " + name + " extends Names { void run() throws Exception {\n" + piece
                                + "\n} }"));
            }
        }
        assertTrue(sources.size() > 1, page + " has no Java");
        assertCompiles(page, sources, directory);
    }

    private static void assertCompiles(Path page, List<? extends JavaFileObject> sources, Path directory) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        List<String> options =
                List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
        boolean compiled =
                compiler.getTask(complaints, null, null, options, null, sources).call();
        assertTrue(compiled, page + ":\n" + complaints);
    }
}
