package dev.fovea.search.store;

import java.util.Map;

/**
 * Says what made the vectors of an index; stands in every commit.
 *
 * @param model as messages name it
 * @param fingerprint of weights, preprocessing and precision; vectors of another one cannot be compared
 * @param compute the precision
 * @param dimension length of the vectors
 */
public record IndexIdentity(String model, String fingerprint, String compute, int dimension) {

    /** Version of what is kept; raised when older programs could not read it. */
    static final String FORMAT = "2";

    /** What stands in the place of a model where documents are kept, whose vectors come from elsewhere. */
    private static final String DOCUMENTS = "documents";

    private static final String FORMAT_KEY = "fovea.index";
    private static final String MODEL_KEY = "fovea.model";
    private static final String FINGERPRINT_KEY = "fovea.fingerprint";
    private static final String COMPUTE_KEY = "fovea.compute";
    private static final String DIMENSION_KEY = "fovea.dimension";

    /** Returns the identity of an index of documents, not pictures. */
    public static IndexIdentity ofDocuments(int dimension) {
        return new IndexIdentity(DOCUMENTS, DOCUMENTS, "f32", dimension);
    }

    /** Returns whether the index is one of documents. */
    public boolean isOfDocuments() {
        return fingerprint.equals(DOCUMENTS);
    }

    Map<String, String> userData() {
        return Map.of(
                FORMAT_KEY, FORMAT,
                MODEL_KEY, model,
                FINGERPRINT_KEY, fingerprint,
                COMPUTE_KEY, compute,
                DIMENSION_KEY, String.valueOf(dimension));
    }

    /** Returns the version of what is kept, null where another program wrote it. */
    static String format(Map<String, String> userData) {
        return userData.get(FORMAT_KEY);
    }

    static IndexIdentity of(Map<String, String> userData) {
        return new IndexIdentity(
                userData.get(MODEL_KEY),
                userData.get(FINGERPRINT_KEY),
                userData.get(COMPUTE_KEY),
                Integer.parseInt(userData.get(DIMENSION_KEY)));
    }

    /** Returns whether vectors of both can be compared. */
    public boolean fits(IndexIdentity other) {
        return fingerprint.equals(other.fingerprint) && dimension == other.dimension;
    }
}
