package dev.fovea.app.command;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.LoadOptions;
import dev.fovea.search.IndexInfo;
import dev.fovea.search.PhotoIndex;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Opens the index of a command, with the model that made it unless the user names one. */
final class IndexAccess {

    /** Kept, since Java forgets the levels of loggers that nobody holds. Lucene says what it found of the processor. */
    private static final Logger LUCENE = Logger.getLogger("org.apache.lucene");

    static {
        silenceLucene();
    }

    private IndexAccess() {}

    /** Keeps Lucene from logging, for a command whose indexes the library opens. */
    static void silenceLucene() {
        LUCENE.setLevel(Level.OFF);
    }

    /** Opens an index that is there, without a model. */
    static PhotoIndex open(Path folder) {
        return PhotoIndex.open(folder);
    }

    /** Opens an index, or makes a new one. */
    static PhotoIndex open(Path folder, ModelSource source) {
        return source.openIndex(folder);
    }

    /** Returns the model that was asked for, else that of the index. */
    static ModelSource model(Session session, IndexInfo index) {
        return session.model(index.model());
    }

    /** Returns the name of the model that made an index; a new one gets the embedded model. */
    static String madeWith(Path folder) {
        if (!Files.exists(folder)) {
            return ModelSource.CLIP;
        }
        try (PhotoIndex there = open(folder)) {
            return there.info().model();
        } catch (FoveaException none) {
            return ModelSource.CLIP; // the complaint comes when it is opened to be written
        }
    }

    /**
     * Describes an index.
     *
     * @throws FoveaException if it holds no picture
     */
    static IndexInfo requirePictures(Path folder, PhotoIndex index) {
        IndexInfo info = index.info();
        if (info.pictures() == 0) {
            throw new FoveaException(folder + ": this index holds no pictures; add some with PhotoIndex.update");
        }
        return info;
    }

    /**
     * Returns how the model that made an index is loaded, to search the index.
     *
     * @throws FoveaException if the index holds no picture
     */
    static LoadOptions options(Session session, Path folder) {
        try (PhotoIndex there = open(folder)) {
            return session.named(requirePictures(folder, there).model()).options();
        }
    }
}
