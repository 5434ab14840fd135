package dev.fovea.search;

import dev.fovea.models.files.NpyHeader;
import dev.fovea.models.files.WholeFile;
import dev.fovea.search.store.LeafPhotos;
import dev.fovea.search.store.PhotoRecord;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.IndexSearcher;

/**
 * Writes an index as files that other programs load: a matrix of NumPy (version 1.0 of its format) with a row for each
 * picture, and JSON lines with a line for each row.
 */
final class IndexExport {

    static final String VECTORS = "vectors.npy";
    static final String PICTURES = "pictures.jsonl";

    /** The field with the key of the content. */
    static final String HASH = "sha256_128";

    /** Stands before the names of a picture's own fields where lines are read. */
    private static final String FIELDS = "fields.";

    private IndexExport() {}

    /** Writes both files, each in one step, and returns the number of rows. */
    static int write(IndexSearcher searcher, int dimension, Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new FoveaException(folder + ": this folder cannot be made; check the path and its permissions", e);
        }
        int rows = searcher.getIndexReader().numDocs();
        WholeFile.write(folder.resolve(VECTORS), out -> {
            out.write(NpyHeader.of(rows, dimension));
            ByteBuffer row = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            LeafPhotos.forEach(searcher.getIndexReader(), (segment, photos, document) -> {
                row.clear().asFloatBuffer().put(photos.vector(document));
                out.write(row.array());
            });
        });
        WholeFile.write(
                folder.resolve(PICTURES),
                out -> LeafPhotos.forEach(
                        searcher.getIndexReader(),
                        (segment, photos, document) -> out.write(line(photos.photo(document)))));
        return rows;
    }

    /** Returns what a field of a line is called in conditions. */
    static String field(String name) {
        return name.equals("taken") ? "date" : name.startsWith(FIELDS) ? name.substring(FIELDS.length()) : name;
    }

    private static byte[] line(PhotoRecord photo) {
        StringBuilder line = new StringBuilder("{\"image\":").append(JsonWriter.string(photo.path()));
        line.append(",\"" + HASH + "\":\"").append(photo.hash()).append('"');
        line.append(",\"width\":").append(photo.width()).append(",\"height\":").append(photo.height());
        photo.metadata()
                .taken()
                .ifPresent(taken -> line.append(",\"taken\":\"").append(taken).append('"'));
        photo.metadata()
                .latitude()
                .ifPresent(degrees -> line.append(",\"latitude\":").append(degrees));
        photo.metadata()
                .longitude()
                .ifPresent(degrees -> line.append(",\"longitude\":").append(degrees));
        if (!photo.fields().isEmpty()) {
            line.append(",\"fields\":{");
            String comma = "";
            for (Map.Entry<String, List<String>> field : photo.fields().entrySet()) {
                line.append(comma).append(JsonWriter.string(field.getKey())).append(":[");
                line.append(String.join(
                        ",", field.getValue().stream().map(JsonWriter::string).toList()));
                line.append(']');
                comma = ",";
            }
            line.append('}');
        }
        return line.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
    }
}
