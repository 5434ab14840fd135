package dev.fovea.search.store;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;

/**
 * Finds all pairs of vectors whose cosine is at least a threshold, exactly:
 *
 * <pre>{@code
 * for each block of rows
 *     for each block of columns from there on
 *         cosines = rows * columnsᵀ    // on the backend, 2048 x 2048
 *         report those >= threshold
 * }</pre>
 *
 * <p>Only two blocks are in memory, whatever the size of the index.
 */
public final class SimilarPairs {

    private static final int BLOCK = 2048;

    /** Receives a pair. */
    @FunctionalInterface
    public interface Receiver {
        /**
         * Receives a pair.
         *
         * @param first index among the documents, less than {@code second}
         * @param second index among the documents
         */
        void pair(int first, int second);
    }

    private final Backend backend;
    private final int[] documents;
    private final List<Leaf> leaves = new ArrayList<>();

    private record Leaf(int start, int end, LeafReaderContext context) {}

    /**
     * Prepares the comparison.
     *
     * @param documents numbers of documents in the searcher's reader, ascending
     */
    public SimilarPairs(IndexSearcher searcher, Backend backend, int[] documents) {
        this.backend = backend;
        this.documents = documents;
        for (LeafReaderContext context : searcher.getIndexReader().leaves()) {
            leaves.add(
                    new Leaf(context.docBase, context.docBase + context.reader().maxDoc(), context));
        }
    }

    /**
     * Reports all pairs.
     *
     * @param dimension length of the vectors
     * @param threshold least cosine of a pair
     */
    public void find(int dimension, float threshold, Receiver receiver) throws IOException {
        for (int row = 0; row < documents.length; row += BLOCK) {
            float[] rows = block(row, dimension);
            for (int column = row; column < documents.length; column += BLOCK) {
                CancelledException.throwIfInterrupted();
                float[] columns = column == row ? rows : block(column, dimension);
                float[] cosines = cosines(rows, columns, dimension);
                report(cosines, row, rows.length / dimension, column, columns.length / dimension, threshold, receiver);
            }
        }
    }

    private float[] cosines(float[] rows, float[] columns, int dimension) {
        return backend.scoped("", () -> {
            Tensor a = backend.tensor(rows.length / dimension, dimension, rows);
            Tensor b = backend.tensor(columns.length / dimension, dimension, columns);
            return backend.matmulTransposed(a, b).toArray(); // [rows, columns]
        });
    }

    private static void report(
            float[] cosines, int row, int rows, int column, int columns, float threshold, Receiver receiver) {
        for (int i = 0; i < rows; i++) {
            for (int j = row == column ? i + 1 : 0; j < columns; j++) {
                if (cosines[i * columns + j] >= threshold) {
                    receiver.pair(row + i, column + j);
                }
            }
        }
    }

    /** Returns the vectors of the documents from {@code start} on, one after the other. */
    private float[] block(int start, int dimension) throws IOException {
        int count = Math.min(BLOCK, documents.length - start);
        float[] block = new float[count * dimension];
        int done = 0;
        for (Leaf leaf : leaves) {
            if (done == count || documents[start + done] >= leaf.end) {
                continue;
            }
            FloatVectorValues vectors = leaf.context.reader().getFloatVectorValues(PhotoRecord.VECTOR);
            var ordinals = vectors.iterator();
            for (; done < count && documents[start + done] < leaf.end; done++) {
                ordinals.advance(documents[start + done] - leaf.start);
                System.arraycopy(vectors.vectorValue(ordinals.index()), 0, block, done * dimension, dimension);
            }
        }
        return block;
    }
}
