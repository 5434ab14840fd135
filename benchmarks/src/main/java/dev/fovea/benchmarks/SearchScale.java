package dev.fovea.benchmarks;

import dev.fovea.models.image.PictureMetadata;
import dev.fovea.search.filter.PhotoFilter;
import dev.fovea.search.store.ContentKey;
import dev.fovea.search.store.IndexFolder;
import dev.fovea.search.store.IndexIdentity;
import dev.fovea.search.store.IndexWriting;
import dev.fovea.search.store.NearestPhotos;
import dev.fovea.search.store.PhotoRecord;
import dev.fovea.search.store.SimilarPairs;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;

/**
 * Measures an index of many vectors: time to build it, size on disk, recall of the graph against a comparison with all,
 * time of a query with and without a condition, and of the search for duplicates. The vectors are clustered, as
 * embeddings are: centres in some hundred directions, pictures around them.
 *
 * <pre>benchmarks/run search FOLDER [VECTORS [DIMENSION [PEERS]]]</pre>
 *
 * PEERS is a folder into which the vectors and the queries are written for {@code peers/search_peers.py}: f32, row
 * after row. If they are there already, as {@code peers/scene_vectors.py} writes them, they are what is measured.
 */
public final class SearchScale {

    private static final int QUERIES = 200;
    private static final int WANTED = 10;
    private static final int DUPLICATES = 100_000;

    /** Leaves it to the index how many candidates there are, and whether all are compared. */
    private static final int BY_DEFAULT = 0;

    private static final int[] CANDIDATES = {10, 20, 30, 40, 60, 100, 160, BY_DEFAULT};

    /** Times that all queries run before they are timed. */
    private static final int WARMING = 10;

    private static final String VECTORS = "vectors.f32";
    private static final String QUERY_VECTORS = "queries.f32";
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long VECTORS_SEED = 2;
    private static final long QUERIES_SEED = 3;

    private final int count;
    private final int dimension;
    private final float[][] centres;

    /** Where vectors and queries are read from; null if they are made up. */
    private final Path given;

    private SearchScale(int count, int dimension, Path given) {
        this.count = count;
        this.dimension = dimension;
        this.given = given;
        Random random = new Random(1);
        centres = new float[Math.max(1, count / 100)][];
        for (int i = 0; i < centres.length; i++) {
            // Twenty broad kinds of pictures, so that centres are no strangers to each other.
            float[] kind = i < 20 ? null : centres[random.nextInt(20)];
            centres[i] = unit(random, kind, 1);
        }
    }

    /** Builds the index unless it is there already, and measures. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        int count = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200_000;
        int dimension = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 512;
        Path peers = arguments.length > 3 ? Files.createDirectories(Path.of(arguments[3])) : null;
        boolean isGiven = peers != null && Files.exists(peers.resolve(VECTORS));
        SearchScale scale = new SearchScale(count, dimension, isGiven ? peers : null);
        if (peers != null && !isGiven) {
            scale.write(peers);
        }
        try (IndexFolder index = IndexFolder.create(folder)) {
            if (!index.exists()) {
                scale.build(folder, index);
            }
            say(index.read(searcher -> scale.query(searcher, "", CANDIDATES)));
            for (String condition : new String[] {"part<80", "part<50", "part<25", "part=7"}) {
                say(index.read(searcher -> scale.query(searcher, condition, BY_DEFAULT)));
            }
            say(index.read(scale::duplicates));
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }

    /** A random direction, or one that is so far from a centre. */
    private float[] unit(Random random, float[] centre, double distance) {
        float[] vector = new float[dimension];
        double length = 0;
        for (int i = 0; i < dimension; i++) {
            double noise = random.nextGaussian() / Math.sqrt(dimension);
            vector[i] = (float) (centre == null ? noise : centre[i] + distance * noise);
            length += vector[i] * vector[i];
        }
        for (int i = 0; i < dimension; i++) {
            vector[i] /= (float) Math.sqrt(length);
        }
        return vector;
    }

    /** Returns the vectors of a file, or those around random centres that a seed makes, one after the other. */
    private Iterator<float[]> vectors(String file, long seed) throws IOException {
        if (given != null) {
            try (FileChannel channel = FileChannel.open(given.resolve(file))) {
                MemorySegment rows = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
                long rowBytes = (long) dimension * Float.BYTES;
                return LongStream.range(0, rows.byteSize() / rowBytes)
                        .mapToObj(row -> rows.asSlice(row * rowBytes, rowBytes).toArray(FLOATS))
                        .iterator();
            }
        }
        Random random = new Random(seed);
        return Stream.generate(() -> unit(random, centres[random.nextInt(centres.length)], 0.7))
                .iterator();
    }

    private void write(Path folder) throws IOException {
        write(folder.resolve(VECTORS), vectors(VECTORS, VECTORS_SEED), count);
        write(folder.resolve(QUERY_VECTORS), vectors(QUERY_VECTORS, QUERIES_SEED), QUERIES);
    }

    private void write(Path file, Iterator<float[]> vectors, int rows) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int row = 0; row < rows; row++) {
                bytes.asFloatBuffer().put(vectors.next());
                out.write(bytes.array());
            }
        }
    }

    private void build(Path folder, IndexFolder index) throws IOException {
        long start = System.nanoTime();
        Iterator<float[]> vectors = vectors(VECTORS, VECTORS_SEED);
        try (IndexWriting writing = index.write(new IndexIdentity("none", "none", "f32", dimension))) {
            for (int i = 0; i < count; i++) {
                Map<String, List<String>> fields = Map.of("part", List.of(String.valueOf(i % 100)));
                PhotoRecord photo =
                        new PhotoRecord("/photos/" + i, new ContentKey(i, 0), 1, 1, 1, 1, PictureMetadata.NONE, fields);
                writing.put(photo, vectors.next());
                writing.commitNowAndThen();
            }
            writing.buildGraph();
        }
        try (Stream<Path> files = Files.list(folder)) {
            long bytes = files.mapToLong(file -> file.toFile().length()).sum();
            say(String.format(
                    Locale.ROOT,
                    "%,d vectors of %d numbers: built in %.0f s, %.2f GB, %d segments",
                    count,
                    dimension,
                    (System.nanoTime() - start) / 1e9,
                    bytes / 1e9,
                    index.read(searcher -> searcher.getIndexReader().leaves().size())));
        }
    }

    private String query(IndexSearcher searcher, String condition, int... candidates) throws IOException {
        Query filter = condition.isEmpty() ? null : PhotoFilter.parse(condition, searcher.getIndexReader());
        Iterator<float[]> vectors = vectors(QUERY_VECTORS, QUERIES_SEED);
        float[][] queries = new float[QUERIES][];
        Arrays.setAll(queries, i -> vectors.next());
        Timed exact = timed(searcher, queries, filter, count);
        StringBuilder lines = new StringBuilder(
                String.format(Locale.ROOT, "%-8s all compared: p50 %.2f ms", condition, exact.millis(0.5)));
        for (int breadth : candidates) {
            for (int round = 0; round < WARMING; round++) {
                timed(searcher, queries, filter, breadth);
            }
            Timed graph = timed(searcher, queries, filter, breadth);
            lines.append(String.format(
                    Locale.ROOT,
                    "%n         %s candidates: recall@%d %.3f, p50 %.3f ms, p99 %.3f ms",
                    breadth == BY_DEFAULT ? "default" : breadth,
                    WANTED,
                    graph.recall(exact),
                    graph.millis(0.5),
                    graph.millis(0.99)));
        }
        return lines.toString();
    }

    /** Holds what was found for each query, and the sorted times. */
    private record Timed(List<Set<Integer>> found, double[] sorted) {

        double millis(double part) {
            return sorted[(int) (part * sorted.length)];
        }

        double recall(Timed exact) {
            int both = 0;
            int all = 0;
            for (int i = 0; i < found.size(); i++) {
                Set<Integer> common = new HashSet<>(found.get(i));
                common.retainAll(exact.found.get(i));
                both += common.size();
                all += exact.found.get(i).size();
            }
            return (double) both / all;
        }
    }

    private static Timed timed(IndexSearcher searcher, float[][] queries, Query filter, int candidates)
            throws IOException {
        List<Set<Integer>> found = new ArrayList<>();
        double[] millis = new double[queries.length];
        for (int i = 0; i < queries.length; i++) {
            long start = System.nanoTime();
            List<NearestPhotos.Near> nearest = candidates == BY_DEFAULT
                    ? NearestPhotos.find(searcher, queries[i], filter, WANTED)
                    : NearestPhotos.find(searcher, queries[i], filter, WANTED, candidates);
            millis[i] = (System.nanoTime() - start) / 1e6;
            found.add(new HashSet<>(
                    nearest.stream().map(NearestPhotos.Near::document).toList()));
        }
        Arrays.sort(millis);
        return new Timed(found, millis);
    }

    private String duplicates(IndexSearcher searcher) throws IOException {
        int[] documents = IntStream.range(0, Math.min(count, DUPLICATES)).toArray();
        long start = System.nanoTime();
        int[] pairs = new int[1];
        try (Backend backend = Backends.open(Backends.DEFAULT, 0)) {
            new SimilarPairs(searcher, backend, documents).find(dimension, 0.97f, (first, second) -> pairs[0]++);
            return String.format(
                    Locale.ROOT,
                    "all pairs of %,d: %.1f s on %d threads",
                    documents.length,
                    (System.nanoTime() - start) / 1e9,
                    backend.threads());
        }
    }
}
