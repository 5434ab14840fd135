package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Java code on pages that explain the code stands in one of the files that the page links to; so links to files lead
 * somewhere.
 */
class DocumentedCodeTest {

    private static final Path DOCS = Path.of("../docs");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @ValueSource(strings = {"add-a-model.md", "add-a-backend.md", "attention.md", "generating-text.md"})
    void codeIsOutOfTheFilesOfThePage(String name) throws IOException {
        String page = Files.readString(DOCS.resolve(name));
        StringBuilder linked = new StringBuilder();
        for (Matcher link = LINK.matcher(page); link.find(); ) {
            if (link.group(1).endsWith(".java")) {
                linked.append(flat(Files.readString(DOCS.resolve(link.group(1)))))
                        .append('\n');
            }
        }
        Matcher code = CODE.matcher(page);
        assertTrue(code.find(), name + " shows no code");
        do {
            assertTrue(linked.indexOf(flat(code.group(1))) >= 0, name + ": in none of its files:\n" + code.group(1));
        } while (code.find());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "add-a-model.md",
                "add-a-backend.md",
                "attention.md",
                "generating-text.md",
                "glossary.md",
                "architecture.md"
            })
    void linksLeadSomewhere(String name) throws IOException {
        String page = Files.readString(DOCS.resolve(name));
        boolean any = false;
        for (Matcher link = LINK.matcher(page); link.find(); any = true) {
            assertTrue(Files.exists(DOCS.resolve(link.group(1))), name + ": there is no " + link.group(1));
        }
        assertTrue(any, name + " has no links");
    }

    /** Without line breaks and indentation. */
    private static String flat(String code) {
        return code.strip().replaceAll("\\s+", " ");
    }
}
