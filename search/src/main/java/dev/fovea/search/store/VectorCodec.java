package dev.fovea.search.store;

import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/**
 * Says how Lucene keeps the vectors: as floats, as seven bits a number for the search, and with a graph of neighbours
 * (HNSW) in segments that are large enough to need one.
 */
final class VectorCodec {

    /** Neighbours of each vector in the graph. */
    private static final int CONNECTIONS = 16;

    /** Candidates that are looked at to find the neighbours of a new vector. */
    private static final int BEAM = 100;

    /**
     * Keeps graphs out of segments of less than some 20,000 vectors: Lucene makes one where {@code ln(vectors)} times
     * this is less than the number of vectors. Small segments are scanned as a whole in less than it takes to merge
     * their graphs.
     */
    private static final int TINY_SEGMENT = 2000;

    /** Longest vectors; Lucene's own limit of 1,024 is less than those of CLIP ViT-bigG. */
    private static final int MOST_DIMENSIONS = 4096;

    private static final KnnVectorsFormat FORMAT =
            new Lucene104HnswScalarQuantizedVectorsFormat(
                    ScalarEncoding.SEVEN_BIT, CONNECTIONS, BEAM, 1, null, TINY_SEGMENT) {
                @Override
                public int getMaxDimensions(String field) {
                    return MOST_DIMENSIONS;
                }
            };

    private VectorCodec() {}

    static Codec codec() {
        return new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return FORMAT;
            }
        };
    }
}
