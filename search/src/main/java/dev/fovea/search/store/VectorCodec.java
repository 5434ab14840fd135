package dev.fovea.search.store;

import java.io.IOException;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/**
 * Says how Lucene keeps the vectors of the segments that one writer writes: as floats, with a graph of neighbours
 * (HNSW) where the whole index is put together, and with seven bits a number beside the floats where these are more
 * than a computer's memory should hold for a search.
 *
 * <p>Graphs are built once, over all vectors: a graph that Lucene joins from the graphs of segments finds less (0.98
 * of the ten nearest of 100,000 where one that is built at once finds 0.995), and costs half as much again.
 */
final class VectorCodec {

    /** Bytes of floats up to which a search compares floats, a million vectors of 512; beyond that seven bits. */
    static final long MOST_FLOATS = 1L << 31;

    /** Neighbours of each vector in the graph, and twice as many in its lowest level. */
    private static final int CONNECTIONS = 32;

    /** Candidates that are looked at to find the neighbours of a new vector. */
    private static final int BEAM = 100;

    /** Longest vectors; Lucene's own limit of 1,024 is less than those of CLIP ViT-bigG. */
    private static final int MOST_DIMENSIONS = 4096;

    /** Bounds of Lucene's for segments that get no graph, in {@code ln(vectors)}: every segment gets one, or none. */
    private static final int ALWAYS = 0;

    private static final int NEVER = Integer.MAX_VALUE;

    /** What Lucene calls the memory of a graph. */
    private static final String GRAPH_BYTES = "vex";

    private static final KnnVectorsFormat FLOATS = floats(NEVER);
    private static final KnnVectorsFormat FLOATS_AND_GRAPH = floats(ALWAYS);
    private static final KnnVectorsFormat SEVEN_BITS = sevenBits(NEVER);
    private static final KnnVectorsFormat SEVEN_BITS_AND_GRAPH = sevenBits(ALWAYS);

    private final int dimension;
    private final long mostFloats;
    private volatile boolean graphs;
    private volatile long vectors;

    /** Starts without graphs, and with floats up to so many bytes of them. */
    VectorCodec(int dimension, long mostFloats) {
        this.dimension = dimension;
        this.mostFloats = mostFloats;
    }

    private static KnnVectorsFormat floats(int withoutGraph) {
        return new AnyDimension(new Lucene99HnswVectorsFormat(CONNECTIONS, BEAM, 1, null, withoutGraph));
    }

    private static KnnVectorsFormat sevenBits(int withoutGraph) {
        return new AnyDimension(new Lucene104HnswScalarQuantizedVectorsFormat(
                ScalarEncoding.SEVEN_BIT, CONNECTIONS, BEAM, 1, null, withoutGraph));
    }

    /** Lifts Lucene's limit. */
    private static final class AnyDimension extends KnnVectorsFormat {

        private final KnnVectorsFormat format;

        AnyDimension(KnnVectorsFormat format) {
            super(format.getName());
            this.format = format;
        }

        @Override
        public int getMaxDimensions(String field) {
            return MOST_DIMENSIONS;
        }

        @Override
        public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
            return format.fieldsWriter(state);
        }

        @Override
        public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
            return format.fieldsReader(state);
        }
    }

    /** Sets how segments are written from now on: how many vectors the index has, and whether they get a graph. */
    void write(int vectors, boolean graphs) {
        this.vectors = vectors;
        this.graphs = graphs;
    }

    Codec codec() {
        return new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                if (vectors * dimension * Float.BYTES <= mostFloats) {
                    return graphs ? FLOATS_AND_GRAPH : FLOATS;
                }
                return graphs ? SEVEN_BITS_AND_GRAPH : SEVEN_BITS;
            }
        };
    }

    /** Returns whether a segment has a graph. */
    static boolean hasGraph(LeafReader segment) {
        FieldInfo field = segment.getFieldInfos().fieldInfo(PhotoRecord.VECTOR);
        return field != null
                && ((CodecReader) segment)
                                .getVectorReader()
                                .getOffHeapByteSize(field)
                                .getOrDefault(GRAPH_BYTES, 0L)
                        > 0;
    }
}
