package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Decoded pixels, cropped pixels and normalised values equal those of Pillow and transformers ({@code
 * oracle/preprocessing_cases.py}).
 */
class PictureReplayTest {
    @TempDir
    Path folder;

    static Path cases() {
        return folder("cases");
    }

    private static Path folder(String name) {
        try {
            return Path.of(PictureReplayTest.class.getResource(name).toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Stream<JsonValue> recorded() {
        return recorded("cases");
    }

    /** {@code oracle/bmp_tiff_cases.py} */
    static Stream<JsonValue> bmpsAndTiffs() {
        return recorded("bmp-tiff");
    }

    private static Stream<JsonValue> recorded(String folder) {
        return JsonReader.readObject(folder(folder).resolve("cases.json")).get("cases").items().stream();
    }

    @ParameterizedTest
    @MethodSource("bmpsAndTiffs")
    void bmpsAndTiffsAreThoseOfPillow(JsonValue recorded) {
        assertRgb(
                recorded,
                Picture.read(folder("bmp-tiff").resolve(recorded.get("picture").text(null))));
    }

    private static void assertRgb(JsonValue recorded, Picture picture) {
        assertEquals(recorded.get("width").integer(0), picture.width());
        assertEquals(recorded.get("height").integer(0), picture.height());
        assertEquals(recorded.get("rgb").text(null), sha(picture.toRgb().samples()), "RGB");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void pixelsAndValuesAreThoseOfTheReference(JsonValue recorded) throws IOException {
        Picture picture = Picture.read(cases().resolve(recorded.get("picture").text(null)));
        assertRgb(recorded, picture);

        Files.writeString(folder.resolve("preprocessor_config.json"), json(recorded.get("configuration")));
        Preprocessing preprocessing = Preprocessing.load(folder);
        assertEquals(recorded.get("crop").get(0).integer(0), preprocessing.height());
        assertEquals(recorded.get("crop").get(1).integer(0), preprocessing.width());
        assertEquals(recorded.get("pixels").text(null), sha(preprocessing.pixels(picture)), "cropped pixels");
        float[] values = preprocessing.apply(picture);
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        assertEquals(recorded.get("values").text(null), sha(bytes.array()), "values");

        float[] batch = new float[values.length * 3];
        preprocessing.apply(picture, batch, values.length);
        for (int i = 0; i < values.length; i++) assertEquals(values[i], batch[values.length + i]);
        assertTrue(batch[values.length - 1] == 0 && batch[2 * values.length] == 0, "outside of the picture's place");
    }

    private static String json(JsonValue value) {
        if (value.isObject()) {
            return value.fields().entrySet().stream()
                    .map(field -> '"' + field.getKey() + "\": " + json(field.getValue()))
                    .collect(java.util.stream.Collectors.joining(", ", "{", "}"));
        }
        return value.toString();
    }

    private static String sha(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
