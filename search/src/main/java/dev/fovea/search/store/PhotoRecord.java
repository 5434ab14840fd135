package dev.fovea.search.store;

import dev.fovea.models.image.PictureMetadata;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.BytesRef;

/**
 * Describes a picture of an index.
 *
 * @param path the file, absolute
 * @param hash the first sixteen bytes of the SHA-256 of the file's content
 * @param size bytes of the file
 * @param time the file's time of last change in milliseconds since 1970; {@link #UNSURE} where the file may have been
 *     written since without its time showing it
 * @param width pixels
 * @param height pixels
 * @param metadata what the file says about itself
 * @param fields what a side file says about the picture, in its order
 */
public record PhotoRecord(
        String path,
        ContentKey hash,
        long size,
        long time,
        int width,
        int height,
        PictureMetadata metadata,
        Map<String, List<String>> fields) {

    /** Stands for a time that proves nothing: the file's content is compared the next time. */
    public static final long UNSURE = -1;

    static final String PATH = "path";
    static final String HASH = "hash";
    static final String SIZE = "size";
    static final String TIME = "time";
    static final String WIDTH = "width";
    static final String HEIGHT = "height";
    static final String TAKEN = "taken";
    static final String LATITUDE = "latitude";
    static final String LONGITUDE = "longitude";
    static final String FIELDS = "fields";

    /** Names the field with the vectors. */
    public static final String VECTOR = "vector";

    /** Returns the file. */
    public Path file() {
        return Path.of(path);
    }

    /** Returns this picture with another path, size and time. */
    public PhotoRecord at(String newPath, long newSize, long newTime) {
        return new PhotoRecord(newPath, hash, newSize, newTime, width, height, metadata, fields);
    }

    /** Returns this picture with other fields of a side file. */
    public PhotoRecord withFields(Map<String, List<String>> newFields) {
        return new PhotoRecord(path, hash, size, time, width, height, metadata, newFields);
    }

    /** Returns the time that filters go by: that of the camera, else that of the file, by the clock of UTC. */
    LocalDateTime date() {
        return metadata.taken()
                .orElseGet(() -> LocalDateTime.ofEpochSecond(Math.max(0, time) / 1000, 0, ZoneOffset.UTC));
    }

    /** Returns what Lucene keeps of the picture. */
    public Document document(float[] vector) {
        Document document = new Document();
        document.add(new StringField(PATH, path, Field.Store.NO));
        document.add(new BinaryDocValuesField(PATH, new BytesRef(path)));
        document.add(new BinaryDocValuesField(HASH, new BytesRef(hash.bytes())));
        document.add(new NumericDocValuesField(SIZE, size));
        document.add(new NumericDocValuesField(TIME, time));
        document.add(new NumericDocValuesField(WIDTH, width));
        document.add(new NumericDocValuesField(HEIGHT, height));
        metadata.taken()
                .ifPresent(
                        taken -> document.add(new NumericDocValuesField(TAKEN, taken.toEpochSecond(ZoneOffset.UTC))));
        metadata.latitude().ifPresent(degrees -> document.add(bits(LATITUDE, degrees)));
        metadata.longitude().ifPresent(degrees -> document.add(bits(LONGITUDE, degrees)));
        if (!fields.isEmpty()) {
            document.add(new BinaryDocValuesField(FIELDS, new BytesRef(JsonWriter.document(fields))));
        }
        document.add(new KnnFloatVectorField(VECTOR, vector, VectorSimilarityFunction.DOT_PRODUCT));
        FilterFields.add(document, this);
        return document;
    }

    private static NumericDocValuesField bits(String name, double number) {
        return new NumericDocValuesField(name, Double.doubleToRawLongBits(number));
    }

    /** Reads fields as {@link #document} keeps them. */
    static Map<String, List<String>> fields(BytesRef json) {
        if (json == null) {
            return Map.of();
        }
        String text = new String(json.bytes, json.offset, json.length, StandardCharsets.UTF_8);
        Map<String, List<String>> fields = new LinkedHashMap<>();
        JsonReader.readObject(text, "a picture's fields")
                .fields()
                .forEach((name, values) -> fields.put(
                        name,
                        values.items().stream().map(value -> value.text("")).toList()));
        return fields;
    }

    /** Makes metadata of numbers as {@link #document} keeps them; null for what there is none of. */
    static PictureMetadata metadata(Long taken, Long latitude, Long longitude) {
        Optional<LocalDateTime> time =
                Optional.ofNullable(taken).map(seconds -> LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC));
        return new PictureMetadata(time, degrees(latitude), degrees(longitude));
    }

    private static OptionalDouble degrees(Long bits) {
        return bits == null ? OptionalDouble.empty() : OptionalDouble.of(Double.longBitsToDouble(bits));
    }
}
