package dev.fovea.spark;

import dev.fovea.tensor.kit.PageCode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkPageTest {

    private static final String IMPORTS = """
            import dev.fovea.models.clip.*;
            import dev.fovea.search.*;
            import dev.fovea.spark.*;
            import java.nio.file.*;
            import org.apache.spark.sql.*;
            """;

    @Test
    void whatUsersCopyCompiles(@TempDir Path directory) throws IOException {
        PageCode.assertCompiles(Path.of("../../docs/spark.md"), IMPORTS, "SparkSession spark;\n", directory);
    }
}
