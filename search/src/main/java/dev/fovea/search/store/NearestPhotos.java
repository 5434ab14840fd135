package dev.fovea.search.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;

/**
 * Finds the pictures whose vectors have the largest cosines to a query. All are compared where few match; among
 * many a graph over quantised vectors finds candidates, whose cosines are then computed from the floats.
 */
public final class NearestPhotos {

    /** Matching pictures up to which all are compared: 20,000 vectors of 512 numbers take some five milliseconds. */
    public static final int EXACT = 20_000;

    /** Candidates of the graph for each picture that is wanted. */
    private static final int CANDIDATES = 5;

    private static final int LEAST_CANDIDATES = 100;

    /** Percentage of pictures that a filter lets through below which the graph walks from match to match (ACORN). */
    private static final int NARROW_FILTER = 60;

    private static final Comparator<Near> WORST_FIRST =
            Comparator.comparingDouble(Near::cosine).thenComparing(Near::document, Comparator.reverseOrder());

    private NearestPhotos() {}

    /**
     * Holds one of the nearest pictures.
     *
     * @param document its number in the searcher's reader
     * @param cosine of the angle to the query
     */
    public record Near(int document, float cosine) {}

    /**
     * Finds the nearest pictures.
     *
     * @param query of length 1
     * @param filter what pictures must match, null for all
     * @param count how many at most
     * @return the nearest first
     */
    public static List<Near> find(IndexSearcher searcher, float[] query, Query filter, int count) throws IOException {
        return find(searcher, query, filter, count, EXACT);
    }

    /** Finds the nearest pictures, comparing all that match the filter where they are at most {@code exact}. */
    public static List<Near> find(IndexSearcher searcher, float[] query, Query filter, int count, int exact)
            throws IOException {
        int matches = filter == null ? searcher.getIndexReader().numDocs() : searcher.count(filter);
        if (matches <= exact) {
            return compareAll(searcher, query, filter == null ? new MatchAllDocsQuery() : filter, count);
        }
        int candidates = Math.max(LEAST_CANDIDATES, CANDIDATES * count);
        Query graph = new KnnFloatVectorQuery(
                PhotoRecord.VECTOR, query, candidates, filter, new KnnSearchStrategy.Hnsw(NARROW_FILTER));
        int[] found = Arrays.stream(searcher.search(graph, candidates).scoreDocs)
                .mapToInt((ScoreDoc document) -> document.doc)
                .sorted()
                .toArray();
        return rescore(searcher, query, found, count);
    }

    private static List<Near> rescore(IndexSearcher searcher, float[] query, int[] documents, int count)
            throws IOException {
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        PriorityQueue<Near> best = new PriorityQueue<>(WORST_FIRST);
        for (int i = 0; i < documents.length; ) {
            LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(documents[i], leaves));
            int end = leaf.docBase + leaf.reader().maxDoc();
            FloatVectorValues vectors = leaf.reader().getFloatVectorValues(PhotoRecord.VECTOR);
            KnnVectorValues.DocIndexIterator ordinals = vectors.iterator();
            for (; i < documents.length && documents[i] < end; i++) {
                ordinals.advance(documents[i] - leaf.docBase);
                float cosine = VectorUtil.dotProduct(query, vectors.vectorValue(ordinals.index()));
                add(best, documents[i], cosine, count);
            }
        }
        return sorted(best);
    }

    private static List<Near> compareAll(IndexSearcher searcher, float[] query, Query filter, int count)
            throws IOException {
        Weight weight = searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
        PriorityQueue<Near> best = new PriorityQueue<>(WORST_FIRST);
        for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            FloatVectorValues vectors = leaf.reader().getFloatVectorValues(PhotoRecord.VECTOR);
            Scorer matches = weight.scorer(leaf);
            if (vectors == null || matches == null) {
                continue;
            }
            Bits live = leaf.reader().getLiveDocs();
            KnnVectorValues.DocIndexIterator ordinals = vectors.iterator();
            DocIdSetIterator documents = matches.iterator();
            for (int document = documents.nextDoc();
                    document != DocIdSetIterator.NO_MORE_DOCS;
                    document = documents.nextDoc()) {
                if ((live == null || live.get(document)) && ordinals.advance(document) == document) {
                    float cosine = VectorUtil.dotProduct(query, vectors.vectorValue(ordinals.index()));
                    add(best, leaf.docBase + document, cosine, count);
                }
            }
        }
        return sorted(best);
    }

    private static void add(PriorityQueue<Near> best, int document, float cosine, int count) {
        if (best.size() < count) {
            best.add(new Near(document, cosine));
        } else if (cosine > best.peek().cosine()) {
            best.remove();
            best.add(new Near(document, cosine));
        }
    }

    private static List<Near> sorted(Collection<Near> best) {
        List<Near> nearest = new ArrayList<>(best);
        nearest.sort(WORST_FIRST.reversed());
        return nearest;
    }
}
