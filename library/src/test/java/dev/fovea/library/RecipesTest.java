package dev.fovea.library;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.kit.PageCode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users copy out of the documentation compiles, with the imports that {@code docs/recipes.md} names. */
class RecipesTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path RECIPES = ROOT.resolve("docs/recipes.md");

    /** What a page may speak of without declaring it. */
    private static final String NAMES = """
            Clip clip;
            Captioner captioner;
            Florence2 florence;
            Picture picture;
            List<Picture> pictures;
            """;

    @TempDir
    private Path directory;

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
        String imports = PageCode.pieces(RECIPES).getLast();
        PageCode.assertCompiles(ROOT.resolve(page), imports, NAMES, directory);
    }

    @Test
    void recipesAreShort() throws IOException {
        for (String piece : PageCode.pieces(RECIPES)) {
            assertTrue(piece.startsWith("import ") || piece.lines().count() <= 20, piece);
        }
    }
}
