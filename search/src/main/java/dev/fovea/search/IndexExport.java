package dev.fovea.search;

import dev.fovea.models.files.WholeFile;
import dev.fovea.search.store.LeafPhotos;
import dev.fovea.search.store.PhotoRecord;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.Bits;

/**
 * Writes an index as files that other programs load: a matrix of NumPy (version 1.0 of its format) with a row for each
 * picture, and JSON lines with a line for each row.
 */
final class IndexExport {

    static final String VECTORS = "vectors.npy";
    static final String PICTURES = "pictures.jsonl";

    private static final int HEADER_BYTES = 128;
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, HEADER_BYTES - 10, 0};

    private IndexExport() {}

    /** Receives the pictures of a segment one after the other. */
    @FunctionalInterface
    private interface Row {
        void write(OutputStream out, LeafPhotos photos, int document) throws IOException;
    }

    /** Writes both files, each in one step, and returns the number of rows. */
    static int write(IndexSearcher searcher, int dimension, Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new FoveaException(folder + ": this folder cannot be made; check the path and its permissions", e);
        }
        int rows = searcher.getIndexReader().numDocs();
        WholeFile.write(folder.resolve(VECTORS), out -> {
            out.write(header(rows, dimension));
            ByteBuffer row = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            rows(searcher, out, (to, photos, document) -> {
                row.clear().asFloatBuffer().put(photos.vector(document));
                to.write(row.array());
            });
        });
        WholeFile.write(
                folder.resolve(PICTURES),
                out -> rows(searcher, out, (to, photos, document) -> to.write(line(photos.photo(document)))));
        return rows;
    }

    private static void rows(IndexSearcher searcher, OutputStream out, Row row) throws IOException {
        for (LeafReaderContext context : searcher.getIndexReader().leaves()) {
            LeafPhotos photos = new LeafPhotos(context.reader());
            Bits live = context.reader().getLiveDocs();
            for (int document = 0; document < context.reader().maxDoc(); document++) {
                if (live == null || live.get(document)) {
                    row.write(out, photos, document);
                }
            }
        }
    }

    private static byte[] header(int rows, int columns) {
        byte[] header = new byte[HEADER_BYTES];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
        byte[] shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
                .formatted(rows, columns)
                .getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(shape, 0, header, MAGIC.length, shape.length);
        header[HEADER_BYTES - 1] = '\n';
        return header;
    }

    private static byte[] line(PhotoRecord photo) {
        StringBuilder line = new StringBuilder("{\"image\":").append(JsonWriter.string(photo.path()));
        line.append(",\"sha256_128\":\"").append(photo.hash()).append('"');
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
