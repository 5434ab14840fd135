package dev.fovea.models.clip.head;

import dev.fovea.models.LabelScore;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A classifier on the image embedding of a CLIP, with a fixed list of classes. It lies beside the checkpoint whose
 * embeddings it was tuned on, in {@value #FILE}. Immutable and safe to use from many threads.
 */
public sealed interface ClassifierHead permits LinearHead, CacheHead {

    /** Name of the file that holds it, in the folder of the checkpoint. */
    String FILE = "classifier_head.safetensors";

    /** Returns the names of the classes. */
    List<String> labels();

    /** Returns the name of the method that tuned it, such as {@code probe}. */
    String method();

    /** Returns the length of the embeddings that it reads. */
    int dimension();

    /**
     * Returns a logit for each class, computed in double precision.
     *
     * @param embedding of a picture, a vector of unit length and {@link #dimension()} numbers
     */
    double[] logits(float[] embedding);

    /** Scores all classes for a picture's embedding, the best first. */
    default List<LabelScore> score(float[] embedding) {
        return LabelScore.ranked(labels(), logits(embedding));
    }

    /** Returns whether a checkpoint's folder holds a head. */
    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(FILE));
    }

    /**
     * Reads the head that a checkpoint's folder holds; empty where there is none.
     *
     * @param dimension length of the checkpoint's embeddings
     * @throws FoveaException if the file is broken, or belongs to embeddings of another length
     */
    static Optional<ClassifierHead> find(Path folder, int dimension) {
        return isIn(folder) ? Optional.of(HeadFile.read(folder.resolve(FILE), dimension)) : Optional.empty();
    }

    /**
     * Writes it into a checkpoint's folder; what was there is replaced in one step.
     *
     * @throws FoveaException if it cannot be written; nothing is left behind
     */
    default void write(Path folder) {
        HeadFile.write(this, folder.resolve(FILE));
    }
}
