package dev.fovea.studio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.clip.Clip;
import dev.fovea.search.PhotoIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@code src/test/browser} in Chromium against a studio with the embedded models and an index. It needs Node, npm
 * and Chromium, and npm's registry for Playwright and axe, so it is skipped unless {@value #NEEDED} is set.
 */
class StudioBrowserTest {

    static final String NEEDED = "FOVEA_TESTS_NEED_BROWSER";

    private static final Path TESTS = Path.of("src/test/browser");
    private static final Path LOG = Path.of("target/browser-tests.log");

    @TempDir
    private Path folder;

    @Test
    @Timeout(900)
    void thePageWorksInABrowser() throws IOException, InterruptedException {
        if (System.getenv(NEEDED) == null) {
            System.out.println("The studio's page is not tested in a browser: " + NEEDED + " is not set");
        }
        assumeTrue(System.getenv(NEEDED) != null, NEEDED + " is not set");
        try (Stream<Path> files = Files.list(TESTS)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        run(Map.of(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
        Path index = folder.resolve("photos.index");
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex photos = PhotoIndex.open(index, clip, "clip-mini")) {
            photos.update(List.of(Path.of("../examples/pictures").toRealPath()));
        }
        try (FoveaStudio studio =
                FoveaStudio.builder().port(0).index(index, LoadOptions.DEFAULTS).start()) {
            Map<String, String> address =
                    Map.of("FOVEA_STUDIO", studio.address().toString());
            run(address, "node", "--test", "--test-concurrency=1", "--test-reporter=spec");
        }
    }

    private static String log() {
        try {
            return Files.readString(LOG);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(LOG.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            int status = process.waitFor();
            assertEquals(0, status, () -> List.of(command) + " failed:\n" + log());
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }
}
