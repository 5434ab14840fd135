package dev.fovea.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The small BLIP checkpoints that the models' own tests replay, as folders to run commands on. */
final class TinyBlip {

    private static final Path CASES = Path.of("../models/src/test/resources/dev/fovea/models/blip/cases");

    private TinyBlip() {}

    /** Copies the checkpoint of a case, such as {@code caption-base}. */
    static Path write(Path folder, String name) {
        try (Stream<Path> files = Files.list(CASES.resolve(name))) {
            Files.createDirectories(folder);
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().matches("expected.*|case.json|generations.*|sampling.*")) {
                    Files.copy(file, folder.resolve(file.getFileName()));
                }
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
