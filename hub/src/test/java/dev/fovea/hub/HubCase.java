package dev.fovea.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What tests of downloads share. */
final class HubCase {

    /** Waits that tests have time for. */
    static final Patience SHORT = new Patience(Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(500), 5);

    static final int PIECE = 10_000;
    static final List<String> NEEDED = List.of("config.json", "model.safetensors", "tokenizer.json");

    private HubCase() {}

    /** A hub's client with a cache in this folder and more variables, by turns names and values. */
    static Hub hub(FakeHub server, Path folder, String... variables) {
        Map<String, String> environment = new HashMap<>();
        environment.put("HF_HOME", folder.toString());
        environment.put("HF_ENDPOINT", server.address());
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return Hub.of(new HubEnvironment(environment, folder)).with(SHORT, Disk.REAL, PIECE);
    }

    /** Whether a download is what the server has, in the layout that everybody expects. */
    static void assertWhole(FakeHub server, Path folder, List<String> names, Download download) throws IOException {
        Path repository = folder.resolve("hub").resolve("models--owner--name");
        assertEquals(repository.resolve("snapshots").resolve(server.commit), download.folder());
        assertEquals(names, download.files().stream().map(Download.File::name).toList());
        for (String name : names) {
            Path file = download.folder().resolve(name);
            assertArrayEquals(server.files.get(name), Files.readAllBytes(file), name);
            assertTrue(Files.isSymbolicLink(file), name);
            Path target = Files.readSymbolicLink(file);
            assertFalse(target.isAbsolute(), name);
            assertEquals(
                    repository.resolve("blobs").resolve(server.etag(name)),
                    file.resolveSibling(target).normalize());
        }
        assertEquals(server.commit, Files.readString(repository.resolve("refs").resolve("main")));
        assertEquals(List.of(), litter(folder));
    }

    /** Files that only a download at work may have. */
    static List<Path> litter(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(file -> file.getFileName().toString().contains("incomplete"))
                    .toList();
        }
    }

    /** The one line of a download that fails. */
    static String failure(Hub hub) {
        return failure(hub, FakeHub.MODEL);
    }

    static String failure(Hub hub, ModelName model) {
        FoveaException failure = assertThrows(ModelException.class, () -> hub.download(model));
        String message = failure.getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.contains("; "), message);
        return message;
    }

    static void assertSays(String message, String... words) {
        for (String word : words) {
            assertTrue(message.contains(word), () -> "\"" + message + "\" does not say \"" + word + "\"");
        }
    }
}
