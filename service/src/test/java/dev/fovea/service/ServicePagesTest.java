package dev.fovea.service;

import dev.fovea.tensor.kit.PageCode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServicePagesTest {

    private static final String IMPORTS = """
            import dev.fovea.models.*;
            import dev.fovea.service.*;
            import java.nio.file.*;
            """;

    @ParameterizedTest
    @ValueSource(strings = {"http.md", "mcp.md"})
    void whatUsersCopyCompiles(String page, @TempDir Path directory) throws IOException {
        PageCode.assertCompiles(Path.of("../docs").resolve(page), IMPORTS, "Path folder;\n", directory);
    }
}
