package dev.fovea.search.documents;

import dev.fovea.search.store.IndexFolder;
import dev.fovea.search.store.IndexIdentity;
import dev.fovea.search.store.IndexWriting;
import dev.fovea.search.store.NearestPhotos;
import dev.fovea.search.store.PhotoRecord;
import dev.fovea.search.store.UnitVector;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.BytesRef;

/**
 * Keeps documents with vectors and metadata, and finds those whose vectors are the nearest to a query: in a folder, as
 * {@link dev.fovea.search.PhotoIndex} keeps pictures, or in memory. What a method has written is on the disk when it
 * returns. The vectors of an index have as many numbers as its first. One process at a time may write to a folder. Safe
 * to use from many threads.
 */
public final class DocumentIndex implements AutoCloseable {

    private static final String ID = "id";
    private static final String TEXT = "text";

    private final IndexFolder index;
    /** Null until something is written, and after an error of the disk. */
    private IndexWriting writing;

    private DocumentIndex(IndexFolder index) {
        this.index = index;
    }

    /**
     * Opens an index in a folder, or a new one.
     *
     * @param folder is made if it is not there yet
     * @throws FoveaException if it holds anything else, or is damaged or of another version of Fovea
     */
    public static DocumentIndex open(Path folder) {
        IndexFolder index = IndexFolder.create(Objects.requireNonNull(folder, "folder is null"));
        try {
            index.existingIdentity().filter(made -> !made.isOfDocuments()).ifPresent(made -> {
                throw new FoveaException(folder + ": is an index of pictures; name another folder for documents");
            });
            return new DocumentIndex(index);
        } catch (RuntimeException e) {
            index.close();
            throw e;
        }
    }

    /** Makes an index in memory, which is gone when it is closed. */
    public static DocumentIndex inMemory() {
        return new DocumentIndex(IndexFolder.of(Path.of("memory"), new ByteBuffersDirectory()));
    }

    /**
     * Adds documents, each in the place of the one with its id. Where one of them is refused none is added.
     *
     * @throws FoveaException if a vector has another dimension than those of the index, is not finite or has the length
     *     0; if metadata are too long; if somebody else writes to the index, or it cannot be written
     */
    public void put(List<IndexedDocument> documents) {
        Objects.requireNonNull(documents, "documents is null");
        if (documents.isEmpty()) {
            return;
        }
        int dimension = index.existingIdentity()
                .map(IndexIdentity::dimension)
                .orElse(documents.getFirst().vector().length);
        List<Document> all = new ArrayList<>();
        for (IndexedDocument document : documents) {
            all.add(document(document, dimension));
        }
        write(dimension, writer -> {
            for (int i = 0; i < all.size(); i++) {
                writer.put(new Term(ID, documents.get(i).id()), all.get(i));
            }
        });
    }

    private static Document document(IndexedDocument indexed, int dimension) {
        float[] vector = UnitVector.of(indexed.vector(), dimension, "the document " + indexed.id());
        Document document = new Document();
        document.add(new StringField(ID, indexed.id(), Field.Store.YES));
        document.add(new KnnFloatVectorField(PhotoRecord.VECTOR, vector, VectorSimilarityFunction.DOT_PRODUCT));
        indexed.text().ifPresent(text -> document.add(new StoredField(TEXT, text)));
        MetadataFields.add(document, indexed.metadata());
        return document;
    }

    /** Removes the documents with some ids; ids that are not there do not matter. */
    public void remove(Collection<String> ids) {
        Objects.requireNonNull(ids, "ids is null");
        if (!ids.isEmpty()) {
            remove(new TermInSetQuery(ID, ids.stream().map(BytesRef::new).collect(Collectors.toList())));
        }
    }

    /** Removes the documents that fit a filter. */
    public void remove(DocumentFilter filter) {
        remove(MetadataFields.query(Objects.requireNonNull(filter, "filter is null")));
    }

    /** Removes all documents. */
    public void removeAll() {
        remove(new MatchAllDocsQuery());
    }

    private void remove(Query query) {
        index.existingIdentity().ifPresent(made -> write(made.dimension(), writer -> writer.remove(query)));
    }

    private synchronized void write(int dimension, Consumer<IndexWriting> work) {
        if (writing == null) {
            writing = index.write(IndexIdentity.ofDocuments(dimension));
        }
        try {
            work.accept(writing);
            writing.commit();
            if (writing.needsGraph()) {
                writing.buildGraph();
            }
        } finally {
            if (writing.hasFailed()) {
                writing.close();
                writing = null;
            }
        }
    }

    /** Returns how many documents there are. */
    public int size() {
        return index.exists() ? index.read(searcher -> searcher.getIndexReader().numDocs()) : 0;
    }

    /**
     * Finds the documents whose vectors have the largest cosines to a query. All that match are compared up to 20,000;
     * beyond that a graph finds candidates, and may miss one of a hundred.
     *
     * @param query of any length above 0
     * @param count how many at most, 1 or more
     * @param filter what documents must fit, empty for all
     * @return the nearest first
     * @throws FoveaException if the query has another dimension than the index, or the filter compares what cannot be
     *     compared
     */
    public List<FoundDocument> search(float[] query, int count, Optional<DocumentFilter> filter) {
        Objects.requireNonNull(query, "query is null");
        Objects.requireNonNull(filter, "filter is null");
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + "; expected at least 1");
        }
        Query matching = filter.map(MetadataFields::query).orElse(null);
        if (!index.exists()) {
            return List.of();
        }
        float[] unit = UnitVector.of(query, index.identity().dimension(), "the query");
        return index.read(searcher -> {
            List<FoundDocument> found = new ArrayList<>();
            for (NearestPhotos.Near near : NearestPhotos.find(searcher, unit, matching, count)) {
                found.add(new FoundDocument(document(searcher, near.document()), near.cosine()));
            }
            return found;
        });
    }

    private static IndexedDocument document(IndexSearcher searcher, int number) throws IOException {
        Document document = searcher.storedFields().document(number);
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(number, leaves));
        FloatVectorValues vectors = leaf.reader().getFloatVectorValues(PhotoRecord.VECTOR);
        KnnVectorValues.DocIndexIterator ordinals = vectors.iterator();
        ordinals.advance(number - leaf.docBase);
        return new IndexedDocument(
                document.get(ID),
                vectors.vectorValue(ordinals.index()).clone(),
                Optional.ofNullable(document.get(TEXT)),
                MetadataFields.read(document));
    }

    @Override
    public synchronized void close() {
        try (index) {
            if (writing != null) {
                writing.close();
            }
        }
    }
}
