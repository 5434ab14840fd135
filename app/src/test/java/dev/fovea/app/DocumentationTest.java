package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The documentation points at what is there: every relative link leads to a file, and where the text of a link to a
 * Java file is {@code Name.member} or {@code Name}, that file declares the type and has the member.
 */
class DocumentationTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\[([^\\]]*)\\]\\(([^)#\\s]*)(#[^)]*)?\\)");
    private static final Pattern MEMBER = Pattern.compile("`(\\w+)(?:\\.(\\w+))?`");

    private record Link(Path page, String text, String target) {
        Path file() {
            return page.resolveSibling(target).normalize();
        }

        /** What is wrong with it, or an empty string. */
        String complaint() throws IOException {
            String where = ROOT.relativize(page) + ": [" + text + "](" + target + "): ";
            if (!Files.exists(file())) {
                return where + "no such file";
            }
            Matcher names = MEMBER.matcher(text);
            if (!target.endsWith(".java") || !names.matches()) {
                return "";
            }
            String source = Files.readString(file());
            if (!Pattern.compile("(class|record|interface|enum) " + names.group(1) + "\\b")
                    .matcher(source)
                    .find()) {
                return where + "declares no " + names.group(1);
            }
            String member = names.group(2);
            boolean found = member == null
                    || Pattern.compile("\\b" + member + "\\b").matcher(source).find();
            return found ? "" : where + "has no " + member;
        }
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<Link> links = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                boolean elsewhere = link.group(2).isEmpty() || link.group(2).contains(":");
                if (!elsewhere) {
                    links.add(new Link(page, link.group(1), link.group(2)));
                }
            }
        }
        List<String> complaints = new ArrayList<>();
        for (Link link : links) {
            if (!link.complaint().isEmpty()) {
                complaints.add(link.complaint());
            }
        }
        assertTrue(links.size() > 50, () -> "only " + links.size() + " links found");
        assertEquals(List.of(), complaints);
    }

    /** All Markdown files of the project's folders, generated ones left out. */
    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.find(
                ROOT,
                4,
                (file, attributes) -> file.toString().endsWith(".md")
                        && Stream.of("/target/", "/.build/", "/node_modules/", "/.git/")
                                .noneMatch(file.toString()
                                        .substring(ROOT.toString().length())::contains))) {
            return files.toList();
        }
    }
}
