package dev.fovea.spring;

import dev.fovea.tensor.kit.PageCode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpringPageTest {

    private static final String IMPORTS = """
            import dev.fovea.spring.*;
            import java.nio.file.*;
            import java.util.*;
            import org.springframework.ai.content.*;
            import org.springframework.ai.document.*;
            import org.springframework.ai.vectorstore.*;
            import org.springframework.core.io.*;
            import org.springframework.stereotype.*;
            import org.springframework.util.*;
            """;

    @Test
    void whatUsersCopyCompiles(@TempDir Path directory) throws IOException {
        PageCode.assertCompiles(Path.of("../../docs/spring.md"), IMPORTS, "", directory);
    }
}
