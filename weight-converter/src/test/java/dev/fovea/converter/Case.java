package dev.fovea.converter;

import dev.fovea.models.image.Picture;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * A small checkpoint in the format of its authors' code, and what that code makes of it; {@code
 * oracle/converter_cases.py} wrote it.
 */
record Case(Path folder) {

    static Case named(String name) {
        try {
            return new Case(Path.of(Case.class.getResource("cases/" + name).toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Unpacks the files into a folder, which is made if need be. */
    Path unpack(Path target) {
        try (Stream<Path> files = Files.list(folder)) {
            Files.createDirectories(target);
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".gz")) {
                    try (InputStream packed = new GZIPInputStream(Files.newInputStream(file))) {
                        Files.copy(packed, target.resolve(name.substring(0, name.length() - 3)));
                    }
                }
            }
            if (folder.endsWith("hugging-face")) {
                SmallClip.addSmallFiles(target);
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonValue expected() {
        return JsonReader.readObject(folder.resolve("expected.json"));
    }

    Picture picture() {
        return Picture.read(folder.resolve("picture.png"));
    }

    static float[] numbers(JsonValue list) {
        float[] numbers = new float[list.items().size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) list.get(i).number(Double.NaN);
        }
        return numbers;
    }
}
