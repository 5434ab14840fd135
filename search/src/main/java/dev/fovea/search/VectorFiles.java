package dev.fovea.search;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads vectors and what is known about their pictures from a folder, for {@link PhotoIndex#add}: one that {@link
 * PhotoIndex#export} wrote, or one of clip-retrieval with its matrices {@code img_emb/*.npy} and, for each, a file
 * {@code metadata/*.jsonl}. The row of a matrix is the line of the other file.
 *
 * <p>Lines name the picture in a field {@code image_path}, {@code image}, {@code path}, {@code file} or {@code name},
 * relative to the folder unless they are absolute; other fields are kept for conditions.
 */
public final class VectorFiles implements Iterable<EmbeddedPhoto> {

    private static final String IMAGE_PATH = "image_path";

    private final Path folder;
    private final List<Part> parts;

    /** Holds a matrix, and the lines about its rows. */
    private record Part(NpyMatrix vectors, Path lines) {}

    private VectorFiles(Path folder, List<Part> parts) {
        this.folder = folder;
        this.parts = parts;
    }

    /**
     * Opens a folder, and checks that each matrix has a line for each row and that all have as many columns.
     *
     * @throws FoveaException if it does not hold such files, or they do not fit each other
     */
    public static VectorFiles open(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        Path own = folder.resolve(IndexExport.VECTORS);
        List<Part> parts = new ArrayList<>();
        if (Files.exists(own)) {
            parts.add(part(own, folder.resolve(IndexExport.PICTURES)));
        } else {
            for (Path matrix : matrices(folder.resolve("img_emb"))) {
                String name = matrix.getFileName().toString();
                String lines = name.replaceFirst("^img_emb", "metadata").replaceFirst("\\.npy$", ".jsonl");
                parts.add(part(matrix, folder.resolve("metadata").resolve(lines)));
            }
        }
        if (parts.isEmpty()) {
            throw new FoveaException(folder + ": holds neither " + IndexExport.VECTORS + " nor img_emb/*.npy;"
                    + " name a folder that export or clip-retrieval wrote");
        }
        for (Part part : parts) {
            int expected = parts.getFirst().vectors.columns();
            if (part.vectors.columns() != expected) {
                throw new FoveaException(part.vectors.file() + ": has vectors of " + part.vectors.columns()
                        + " numbers, " + parts.getFirst().vectors.file() + " of " + expected
                        + "; put vectors of one model into a folder");
            }
        }
        return new VectorFiles(folder.toAbsolutePath().normalize(), parts);
    }

    private static List<Path> matrices(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".npy"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw cannotRead(folder, e);
        }
    }

    private static Part part(Path matrix, Path lines) {
        NpyMatrix vectors = NpyMatrix.open(matrix);
        if (!Files.exists(lines)) {
            Path parquet = lines.resolveSibling(lines.getFileName().toString().replace(".jsonl", ".parquet"));
            throw new FoveaException(lines + ": no such file"
                    + (Files.exists(parquet)
                            ? "; make it of " + parquet.getFileName() + ": pandas.read_parquet(name)"
                                    + ".to_json(lines, orient=\"records\", lines=True)"
                            : "; it has a line for each row of " + matrix.getFileName()));
        }
        long count = count(lines);
        if (count != vectors.rows()) {
            throw new FoveaException(lines + ": has " + count + " lines, " + matrix + " has " + vectors.rows()
                    + " rows; expected as many, one for each picture");
        }
        return new Part(vectors, lines);
    }

    private static long count(Path lines) {
        try (Stream<String> all = Files.lines(lines)) {
            return all.count();
        } catch (IOException | UncheckedIOException e) {
            throw cannotRead(lines, e);
        }
    }

    private static FoveaException cannotRead(Path file, Exception e) {
        return new FoveaException(
                file + ": cannot be read (" + e.getMessage() + "); check that it is whole and its permissions", e);
    }

    /** Returns how many numbers each vector has. */
    public int dimension() {
        return parts.getFirst().vectors.columns();
    }

    /** Returns how many pictures there are. */
    public long size() {
        return parts.stream().mapToLong(part -> part.vectors.rows()).sum();
    }

    /**
     * Returns the pictures, which are read while they are asked for.
     *
     * @throws FoveaException (from its methods) if a file cannot be read or a line names no picture
     */
    @Override
    public Iterator<EmbeddedPhoto> iterator() {
        return new Rows();
    }

    /** Reads row after row, with one part open at a time. */
    private final class Rows implements Iterator<EmbeddedPhoto> {

        private final Iterator<Part> left = parts.iterator();
        private Path lines;
        private BufferedReader reader;
        private NpyMatrix.Rows vectors;
        private int line;

        @Override
        public boolean hasNext() {
            try {
                while (vectors == null || !vectors.hasNext()) {
                    close();
                    if (!left.hasNext()) {
                        return false;
                    }
                    Part part = left.next();
                    lines = part.lines;
                    line = 0;
                    reader = Files.newBufferedReader(lines);
                    vectors = part.vectors.read();
                }
                return true;
            } catch (IOException e) {
                throw cannotRead(lines, e);
            }
        }

        private void close() throws IOException {
            if (vectors != null) {
                vectors.close();
                reader.close();
                vectors = null;
            }
        }

        @Override
        public EmbeddedPhoto next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            try {
                String text = reader.readLine();
                if (text == null) {
                    throw new IOException("it has become shorter");
                }
                line++;
                return photo(text, vectors.next());
            } catch (IOException e) {
                throw cannotRead(lines, e);
            }
        }

        private EmbeddedPhoto photo(String text, float[] vector) {
            String where = lines + ", line " + line;
            JsonValue object = JsonReader.readObject(text, where);
            String key = Stream.concat(Stream.of(IMAGE_PATH), SideFields.KEYS.stream())
                    .filter(candidate -> object.get(candidate).isText())
                    .findFirst()
                    .orElseThrow(() -> new FoveaException(where + ": names no picture; give it a field image"));
            Map<String, List<String>> fields = new LinkedHashMap<>();
            boolean exported = object.get(IndexExport.HASH).isText();
            SideFields.fields(object, key)
                    .forEach((name, values) -> fields.put(exported ? IndexExport.field(name) : name, values));
            fields.remove(IndexExport.HASH);
            return new EmbeddedPhoto(folder.resolve(object.get(key).text("")), vector, 0, Optional.empty(), fields);
        }
    }
}
