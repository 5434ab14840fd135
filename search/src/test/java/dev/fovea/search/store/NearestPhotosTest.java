package dev.fovea.search.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.image.PictureMetadata;
import dev.fovea.search.filter.PhotoFilter;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.CancelledException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index of 24,000 clustered vectors, so that there is a graph. */
class NearestPhotosTest {

    private static final int COUNT = 24_000;
    private static final int DIMENSION = 32;
    private static final int CLUSTERS = 300;
    private static final int WANTED = 10;

    @TempDir
    static Path directory;

    /** Bytes of floats of which there are always more, so that a search takes seven bits. */
    private static final long NO_FLOATS = 0;

    private static final IndexIdentity IDENTITY = new IndexIdentity("m", "f", "f32", DIMENSION);

    private static IndexFolder index;
    private static float[][] vectors;

    @BeforeAll
    static void build() {
        Random random = new Random(1);
        float[][] centres = new float[CLUSTERS][];
        for (int i = 0; i < CLUSTERS; i++) {
            centres[i] = unit(random, null, 1);
        }
        vectors = new float[COUNT][];
        for (int i = 0; i < COUNT; i++) {
            vectors[i] = unit(random, centres[random.nextInt(CLUSTERS)], 0.6);
        }
        index = IndexFolder.create(directory.resolve("index"));
        try (IndexWriting writing = index.write(IDENTITY)) {
            put(writing, 0, COUNT);
            writing.commit();
            assertTrue(writing.needsGraph());
            writing.buildGraph();
            assertFalse(writing.needsGraph());
        }
    }

    private static void put(IndexWriting writing, int from, int to) {
        for (int i = from; i < to; i++) {
            Map<String, List<String>> fields = Map.of("part", List.of(String.valueOf(i % 100)));
            writing.put(
                    new PhotoRecord("/photos/" + i, new ContentKey(i, 0), 1, 1, 1, 1, PictureMetadata.NONE, fields),
                    vectors[i]);
        }
    }

    @AfterAll
    static void close() {
        index.close();
    }

    /** A random direction, or one that is so far from a centre. */
    private static float[] unit(Random random, float[] centre, double distance) {
        float[] vector = new float[DIMENSION];
        double length = 0;
        for (int i = 0; i < DIMENSION; i++) {
            double noise = random.nextGaussian() / Math.sqrt(DIMENSION);
            vector[i] = (float) (centre == null ? noise : centre[i] + distance * noise);
            length += vector[i] * vector[i];
        }
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] /= (float) Math.sqrt(length);
        }
        return vector;
    }

    private static Set<Integer> documents(List<NearestPhotos.Near> found) {
        Set<Integer> documents = new HashSet<>();
        found.forEach(near -> documents.add(near.document()));
        return documents;
    }

    private static double recall(IndexSearcher searcher, String condition) throws IOException {
        Random random = new Random(2);
        Query filter = condition == null ? null : PhotoFilter.parse(condition, searcher.getIndexReader());
        int found = 0;
        for (int i = 0; i < 200; i++) {
            float[] query = unit(random, vectors[random.nextInt(COUNT)], 0.4);
            List<NearestPhotos.Near> exact = NearestPhotos.find(searcher, query, filter, WANTED, COUNT);
            List<NearestPhotos.Near> graph =
                    NearestPhotos.find(searcher, query, filter, WANTED, NearestPhotos.candidates(WANTED, COUNT));
            assertEquals(WANTED, exact.size());
            assertEquals(WANTED, graph.size());
            Set<Integer> both = documents(exact);
            both.retainAll(documents(graph));
            found += both.size();
            assertEquals(exact.getFirst().cosine(), graph.getFirst().cosine(), 0.05);
        }
        return found / (200.0 * WANTED);
    }

    @Test
    void theGraphFindsWhatAComparisonWithAllFinds() {
        double recall = index.read(searcher -> recall(searcher, null));
        assertTrue(recall >= 0.98, "recall " + recall);
    }

    @Test
    void soItDoesWithinAFilter() {
        for (String condition : List.of("part<50", "part=7", "part!=7")) {
            double recall = index.read(searcher -> recall(searcher, condition));
            assertTrue(recall >= 0.95, condition + ": recall " + recall);
        }
    }

    private static List<Boolean> graphs(IndexSearcher searcher) {
        return searcher.getIndexReader().leaves().stream()
                .map(segment -> VectorCodec.hasGraph(segment.reader()))
                .toList();
    }

    @Test
    void allPicturesAreInOneGraph() {
        assertEquals(List.of(true), index.read(NearestPhotosTest::graphs));
    }

    /** The first half is kept as floats, and put together with the second as seven bits. */
    @Test
    void moreFloatsThanMemoryIsThereForBecomeSevenBits() throws IOException {
        Path folder = directory.resolve("large");
        try (Directory files = FSDirectory.open(folder);
                IndexFolder large = IndexFolder.of(folder, files)) {
            try (IndexWriting writing = large.write(IDENTITY)) {
                put(writing, 0, COUNT / 2);
                writing.buildGraph();
            }
            assertFalse(large.read(NearestPhotosTest::isQuantised));
            try (IndexWriting writing = IndexWriting.start(folder, files, IDENTITY, () -> {}, NO_FLOATS)) {
                put(writing, COUNT / 2, COUNT);
                writing.buildGraph();
            }
            assertEquals(List.of(true), large.read(NearestPhotosTest::graphs));
            assertTrue(large.read(NearestPhotosTest::isQuantised));
            double recall = large.read(searcher -> recall(searcher, null));
            assertTrue(recall >= 0.97, "recall " + recall);
        }
    }

    private static boolean isQuantised(IndexSearcher searcher) {
        LeafReader segment = searcher.getIndexReader().leaves().getFirst().reader();
        return segment.getFieldInfos()
                .fieldInfo(PhotoRecord.VECTOR)
                .getAttribute(PerFieldKnnVectorsFormat.PER_FIELD_FORMAT_KEY)
                .contains("Quantized");
    }

    /** A few pictures more are compared one by one; many, or many that are gone, are worth another graph. */
    @Test
    void theGraphStaysUntilItIsWorthAnother() {
        Path folder = directory.resolve("growing");
        try (IndexFolder growing = IndexFolder.create(folder)) {
            try (IndexWriting writing = growing.write(IDENTITY)) {
                put(writing, 0, SegmentMerges.LARGE);
                writing.commit();
                assertFalse(writing.needsGraph(), "all are compared anyway");
                writing.buildGraph();
            }
            try (IndexWriting writing = growing.write(IDENTITY)) {
                for (int some = 0; some < 20; some++) { // more segments than Lucene leaves as they are
                    put(writing, SegmentMerges.LARGE + 100 * some, SegmentMerges.LARGE + 100 * (some + 1));
                    writing.commit();
                }
                assertFalse(writing.needsGraph());
                List<Boolean> graphs = growing.read(NearestPhotosTest::graphs);
                assertEquals(1, graphs.stream().filter(graph -> graph).count(), graphs.toString());
                double recall = growing.read(searcher -> recall(searcher, "part!=7"));
                assertTrue(recall >= 0.95, "recall " + recall);
                for (int i = 0; i < COUNT / 4; i++) {
                    writing.remove("/photos/" + i);
                }
                writing.commit();
                assertTrue(growing.read(searcher -> searcher.getIndexReader().numDocs()) < SegmentMerges.LARGE);
                put(writing, 0, COUNT / 4);
                writing.commit();
                assertTrue(writing.needsGraph());
            }
        }
    }

    @Test
    void anInterruptWhileTheGraphIsBuiltLosesNothing() throws InterruptedException {
        Path folder = directory.resolve("interrupted");
        try (IndexFolder interrupted = IndexFolder.create(folder)) {
            try (IndexWriting writing = interrupted.write(IDENTITY)) {
                put(writing, 0, COUNT);
                writing.commit();
                Thread builder = Thread.currentThread();
                Thread stopping = Thread.ofPlatform().start(() -> {
                    while (builder.getState() != Thread.State.TIMED_WAITING) { // for Lucene's thread that merges
                        Thread.onSpinWait();
                    }
                    builder.interrupt();
                });
                assertThrows(CancelledException.class, writing::buildGraph);
                assertTrue(Thread.interrupted()); // which would end the wait for the other thread
                stopping.join();
                builder.interrupt(); // the index is closed as an interrupted thread closes it
            }
            assertTrue(Thread.interrupted());
            assertEquals(COUNT, (int)
                    interrupted.read(searcher -> searcher.getIndexReader().numDocs()));
            assertFalse(interrupted.read(NearestPhotosTest::graphs).contains(true));
            try (IndexWriting writing = interrupted.write(IDENTITY)) {
                assertTrue(writing.needsGraph());
            }
        }
    }

    @Test
    void thereMayBeMorePicturesWantedThanAnyIndexHolds() {
        assertEquals(Integer.MAX_VALUE, NearestPhotos.candidates(Integer.MAX_VALUE, 100_000));
        assertEquals(400, NearestPhotos.candidates(100, 100_000));
        assertEquals(40, NearestPhotos.candidates(1, 20_001));
    }

    @Test
    void candidatesGrowWithTheSquareRootOfTheIndex() {
        assertEquals(40, NearestPhotos.candidates(10, 100_000));
        assertEquals(80, NearestPhotos.candidates(10, 400_000));
        assertEquals(126, NearestPhotos.candidates(10, 1_000_000));
        assertEquals(400, NearestPhotos.candidates(100, 1_000_000));
        assertEquals(5_861, NearestPhotos.candidates(1_000, Integer.MAX_VALUE));
    }

    @Test
    void allPairsAreThoseOfAComparisonOneByOne() {
        float threshold = 0.85f;
        int count = 5000;
        int[] documents = new int[count];
        for (int i = 0; i < count; i++) {
            documents[i] = 4 * i + 1;
        }
        Set<Long> expected = new HashSet<>();
        Set<Long> found = new HashSet<>();
        index.read(searcher -> {
            List<float[]> rows = new ArrayList<>();
            LeafPhotos photos = null;
            int base = -1;
            for (int document : documents) {
                for (var leaf : searcher.getIndexReader().leaves()) {
                    boolean in = document >= leaf.docBase
                            && document < leaf.docBase + leaf.reader().maxDoc();
                    if (in && base != leaf.docBase) {
                        photos = new LeafPhotos(leaf.reader());
                        base = leaf.docBase;
                    }
                }
                rows.add(photos.vector(document - base));
            }
            for (int i = 0; i < count; i++) {
                for (int j = i + 1; j < count; j++) {
                    double cosine = 0;
                    for (int k = 0; k < DIMENSION; k++) {
                        cosine += (double) rows.get(i)[k] * rows.get(j)[k];
                    }
                    if (cosine >= threshold) {
                        expected.add((long) i * count + j);
                    }
                }
            }
            try (Backend backend = Backends.open("cpu", 2)) {
                new SimilarPairs(searcher, backend, documents)
                        .find(DIMENSION, threshold, (a, b) -> found.add((long) a * count + b));
            }
            return null;
        });
        assertTrue(expected.size() > 1000, "only " + expected.size());
        assertEquals(expected.size(), found.size(), 2); // cosines that are the threshold but for rounding
        expected.removeAll(found);
        assertTrue(expected.size() <= 2, expected.size() + " are missing");
    }
}
