package dev.fovea.langchain4j;

import dev.fovea.tensor.kit.PageCode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LangChain4jPageTest {

    private static final String IMPORTS = """
            import static dev.langchain4j.store.embedding.filter.MetadataFilterBuilder.metadataKey;

            import dev.fovea.langchain4j.*;
            import dev.fovea.models.*;
            import dev.fovea.tensor.*;
            import dev.langchain4j.data.document.*;
            import dev.langchain4j.data.embedding.*;
            import dev.langchain4j.data.message.*;
            import dev.langchain4j.data.segment.*;
            import dev.langchain4j.model.embedding.request.*;
            import dev.langchain4j.store.embedding.*;
            import java.nio.file.*;
            import java.util.*;
            """;

    @Test
    void whatUsersCopyCompiles(@TempDir Path directory) throws IOException {
        Path page = Path.of("../../docs/langchain4j.md");
        PageCode.assertCompiles(page, IMPORTS, "FoveaEmbeddingModel model;\n", directory);
    }
}
