package dev.fovea.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The small checkpoints that the models' own tests replay, as folders to run commands on. */
final class TinyModels {

    private static final Path CASES = Path.of("../models/src/test/resources/dev/fovea/models");

    private TinyModels() {}

    /** Copies the BLIP of a case, such as {@code caption-base}. */
    static Path blip(Path folder, String name) {
        return copy(CASES.resolve("blip/cases").resolve(name), folder);
    }

    /** Copies the Florence-2 of a case, such as {@code base}. */
    static Path florence(Path folder, String name) {
        return copy(CASES.resolve("florence/cases").resolve(name), folder);
    }

    private static Path copy(Path from, Path to) {
        try (Stream<Path> files = Files.list(from)) {
            Files.createDirectories(to);
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().matches("expected.*|case.json|generations.*|sampling.*")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
