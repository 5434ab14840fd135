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
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnCollector;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.Weight;
import org.apache.lucene.search.knn.KnnSearchStrategy;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.VectorUtil;

/**
 * Finds the pictures whose vectors have the largest cosines to a query. All are compared where few match; among
 * many a graph finds candidates, whose cosines are then computed from the floats.
 */
public final class NearestPhotos {

    /** Matching pictures up to which all are compared: 20,000 vectors of 512 numbers take some five milliseconds. */
    public static final int EXACT = 20_000;

    /** Candidates of the graph for each picture that is wanted. */
    private static final int CANDIDATES = 4;

    /** Candidates at least, of {@link #GROWING} pictures or fewer. */
    private static final int LEAST_CANDIDATES = 40;

    /**
     * Pictures from which on the least number of candidates grows with the square root of their number: 40 find 98% of
     * the nearest ten of 80,000 scenes, of 700,000 it takes 100.
     */
    private static final int GROWING = 100_000;

    /**
     * Percentage of pictures that a filter lets through below which the graph walks from match to match (ACORN), which
     * is faster and misses more: of a half 0.036 in place of 0.010.
     */
    private static final int NARROW_FILTER = 20;

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
     * Returns how many candidates the graph finds where nothing else is said.
     *
     * @param count pictures that are wanted
     * @param matching pictures that are searched
     */
    public static int candidates(int count, int matching) {
        double least = LEAST_CANDIDATES * Math.sqrt(Math.max(1, (double) matching / GROWING));
        return (int) Math.max(least, (double) CANDIDATES * count);
    }

    /**
     * Finds the nearest pictures, comparing all where at most {@link #EXACT} match.
     *
     * @param query of length 1
     * @param filter what pictures must match, null for all
     * @param count how many at most
     * @return the nearest first
     */
    public static List<Near> find(IndexSearcher searcher, float[] query, Query filter, int count) throws IOException {
        int matching = matching(searcher, filter);
        int candidates = matching <= EXACT ? matching : candidates(count, matching);
        return find(searcher, query, filter, count, candidates, matching);
    }

    /**
     * Finds the nearest pictures.
     *
     * @param candidates how many the graph finds; all that match are compared where they are no more
     */
    public static List<Near> find(IndexSearcher searcher, float[] query, Query filter, int count, int candidates)
            throws IOException {
        return find(searcher, query, filter, count, candidates, matching(searcher, filter));
    }

    private static List<Near> find(
            IndexSearcher searcher, float[] query, Query filter, int count, int candidates, int matching)
            throws IOException {
        if (matching <= candidates) {
            return compareAll(searcher, query, filter, count);
        }
        int[] found = filter == null ? graph(searcher, query, candidates) : graph(searcher, query, candidates, filter);
        return rescore(searcher, query, found, count);
    }

    private static int matching(IndexSearcher searcher, Query filter) throws IOException {
        return filter == null ? searcher.getIndexReader().numDocs() : searcher.count(filter);
    }

    /** Finds candidates in each segment, without what Lucene's query does for filters and for other queries. */
    private static int[] graph(IndexSearcher searcher, float[] query, int candidates) throws IOException {
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        TopDocs[] found = new TopDocs[leaves.size()];
        for (LeafReaderContext leaf : leaves) {
            KnnCollector collector = new TopKnnCollector(candidates, Integer.MAX_VALUE, KnnSearchStrategy.Hnsw.DEFAULT);
            leaf.reader()
                    .searchNearestVectors(
                            PhotoRecord.VECTOR,
                            query,
                            collector,
                            AcceptDocs.fromLiveDocs(
                                    leaf.reader().getLiveDocs(), leaf.reader().maxDoc()));
            found[leaf.ord] = collector.topDocs();
            for (ScoreDoc document : found[leaf.ord].scoreDocs) {
                document.doc += leaf.docBase;
            }
        }
        return documents(TopDocs.merge(candidates, found).scoreDocs);
    }

    private static int[] graph(IndexSearcher searcher, float[] query, int candidates, Query filter) throws IOException {
        Query graph = new KnnFloatVectorQuery(
                PhotoRecord.VECTOR, query, candidates, filter, new KnnSearchStrategy.Hnsw(NARROW_FILTER));
        return documents(searcher.search(graph, candidates).scoreDocs);
    }

    private static int[] documents(ScoreDoc[] found) {
        return Arrays.stream(found)
                .mapToInt((ScoreDoc document) -> document.doc)
                .sorted()
                .toArray();
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
        Query matching = filter == null ? new MatchAllDocsQuery() : filter;
        Weight weight = searcher.createWeight(searcher.rewrite(matching), ScoreMode.COMPLETE_NO_SCORES, 1);
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
