package dev.fovea.search.store;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

/** Reads the pictures of one segment, in the order of their documents; a document may be asked for several times. */
public final class LeafPhotos {

    private final BinaryDocValues path;
    private final BinaryDocValues hash;
    private final BinaryDocValues fields;
    private final NumericDocValues size;
    private final NumericDocValues time;
    private final NumericDocValues width;
    private final NumericDocValues height;
    private final NumericDocValues taken;
    private final NumericDocValues latitude;
    private final NumericDocValues longitude;
    private final FloatVectorValues vectors;
    private final KnnVectorValues.DocIndexIterator ordinals;

    /** Starts before the first document. */
    public LeafPhotos(LeafReader leaf) throws IOException {
        path = DocValues.getBinary(leaf, PhotoRecord.PATH);
        hash = DocValues.getBinary(leaf, PhotoRecord.HASH);
        fields = DocValues.getBinary(leaf, PhotoRecord.FIELDS);
        size = DocValues.getNumeric(leaf, PhotoRecord.SIZE);
        time = DocValues.getNumeric(leaf, PhotoRecord.TIME);
        width = DocValues.getNumeric(leaf, PhotoRecord.WIDTH);
        height = DocValues.getNumeric(leaf, PhotoRecord.HEIGHT);
        taken = DocValues.getNumeric(leaf, PhotoRecord.TAKEN);
        latitude = DocValues.getNumeric(leaf, PhotoRecord.LATITUDE);
        longitude = DocValues.getNumeric(leaf, PhotoRecord.LONGITUDE);
        vectors = leaf.getFloatVectorValues(PhotoRecord.VECTOR);
        ordinals = vectors == null ? null : vectors.iterator();
    }

    /** Is given the pictures of an index, one after the other. */
    @FunctionalInterface
    public interface Visitor {
        void visit(LeafReaderContext segment, LeafPhotos photos, int document) throws IOException;
    }

    /** Passes on every picture that was not deleted, segment after segment. */
    public static void forEach(IndexReader reader, Visitor visitor) throws IOException {
        for (LeafReaderContext segment : reader.leaves()) {
            LeafReader leaf = segment.reader();
            LeafPhotos photos = new LeafPhotos(leaf);
            Bits live = leaf.getLiveDocs();
            for (int document = 0; document < leaf.maxDoc(); document++) {
                if (live == null || live.get(document)) {
                    visitor.visit(segment, photos, document);
                }
            }
        }
    }

    /** Returns the path of a document. */
    public String path(int document) throws IOException {
        return required(path, document).utf8ToString();
    }

    /** Returns the key of a document's content. */
    public ContentKey hash(int document) throws IOException {
        BytesRef bytes = required(hash, document);
        return ContentKey.of(bytes.bytes, bytes.offset);
    }

    /** Returns the file's size in bytes. */
    public long size(int document) throws IOException {
        return required(size, document);
    }

    /** Returns the file's time as {@link PhotoRecord#time} has it. */
    public long time(int document) throws IOException {
        return required(time, document);
    }

    /** Returns the number of pixels. */
    public long pixels(int document) throws IOException {
        return required(width, document) * required(height, document);
    }

    /** Returns all that is kept of a document but its vector. */
    public PhotoRecord photo(int document) throws IOException {
        return new PhotoRecord(
                path(document),
                hash(document),
                size(document),
                time(document),
                (int) required(width, document),
                (int) required(height, document),
                PhotoRecord.metadata(
                        optional(taken, document), optional(latitude, document), optional(longitude, document)),
                PhotoRecord.fields(fields.advanceExact(document) ? fields.binaryValue() : null));
    }

    /** Returns a copy of the vector of a document. */
    public float[] vector(int document) throws IOException {
        float[] vector = vectors.vectorValue(ordinal(document));
        return Arrays.copyOf(vector, vector.length);
    }

    private int ordinal(int document) throws IOException {
        int at = ordinals.docID() < document ? ordinals.advance(document) : ordinals.docID();
        if (at != document) {
            throw new IOException("document " + document + " has no vector");
        }
        return ordinals.index();
    }

    private static BytesRef required(BinaryDocValues values, int document) throws IOException {
        if (!values.advanceExact(document)) {
            throw new IOException("document " + document + " is not whole");
        }
        return values.binaryValue();
    }

    private static long required(NumericDocValues values, int document) throws IOException {
        if (!values.advanceExact(document)) {
            throw new IOException("document " + document + " is not whole");
        }
        return values.longValue();
    }

    private static Long optional(NumericDocValues values, int document) throws IOException {
        return values.advanceExact(document) ? (Long) values.longValue() : null;
    }
}
