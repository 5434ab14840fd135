package dev.fovea.studio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.search.PhotoIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@code src/test/browser} in Chromium, each file against a studio of its own with the embedded models and an
 * index. It needs Node, npm and Chromium, and npm's registry for Playwright and axe, so it is skipped unless
 * {@value #NEEDED} is set.
 */
class StudioBrowserTest {

    static final String NEEDED = "FOVEA_TESTS_NEED_BROWSER";

    private static final Path TESTS = Path.of("src/test/browser");

    @TempDir
    private Path folder;

    @Test
    @Timeout(900)
    void thePageWorksInABrowser() throws Exception {
        if (System.getenv(NEEDED) == null) {
            System.out.println("The studio's page is not tested in a browser: " + NEEDED + " is not set");
        }
        assumeTrue(System.getenv(NEEDED) != null, NEEDED + " is not set");
        List<Path> files;
        try (Stream<Path> all = Files.list(TESTS)) {
            files = all.toList();
        }
        for (Path file : files) {
            Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
        run("npm", Map.of(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
        Path index = folder.resolve("photos.index");
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex photos = PhotoIndex.open(index, clip, "clip-mini")) {
            photos.update(List.of(Path.of("../examples/pictures").toRealPath()));
        }
        try (ExecutorService sideBySide = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> tests = new ArrayList<>();
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(".test.js")) {
                    tests.add(sideBySide.submit(() -> {
                        runInBrowser(name, index);
                        return null;
                    }));
                }
            }
            assertTrue(tests.size() > 1, files.toString());
            for (Future<?> test : tests) {
                test.get();
            }
        }
    }

    private void runInBrowser(String file, Path index) throws IOException, InterruptedException {
        try (FoveaStudio studio =
                FoveaStudio.builder().port(0).index(index, LoadOptions.DEFAULTS).start()) {
            Map<String, String> address =
                    Map.of("FOVEA_STUDIO", studio.address().toString());
            run(file, address, "node", "--test", "--test-reporter=spec", file);
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void run(String name, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path log = Path.of("target/browser-" + name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            int status = process.waitFor();
            assertEquals(0, status, () -> List.of(command) + " failed:\n" + read(log));
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }
}
