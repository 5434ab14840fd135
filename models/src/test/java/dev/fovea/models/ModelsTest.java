package dev.fovea.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {

    @TempDir
    private Path folder;

    /** Searching all jars for services takes longer than all else that finding a folder needs. */
    @Test
    void aPathIsFoundWithoutASearchForJarsWithModels() {
        AtomicInteger searches = new AtomicInteger();
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new ClassLoader(own) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                searches.incrementAndGet();
                return super.getResources(name);
            }
        });
        try {
            assertEquals(Optional.of(folder), Models.find(folder.toString(), LoadOptions.DEFAULTS));
            assertEquals(0, searches.get());
            Models.find("no-such-model", LoadOptions.DEFAULTS.withoutDownload());
            assertTrue(searches.get() > 0, "this test cannot see searches");
        } finally {
            Thread.currentThread().setContextClassLoader(own);
        }
    }
}
