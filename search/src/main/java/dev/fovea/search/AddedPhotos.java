package dev.fovea.search;

import dev.fovea.models.image.PictureMetadata;
import dev.fovea.search.store.ContentKey;
import dev.fovea.search.store.IndexWriting;
import dev.fovea.search.store.PhotoRecord;
import dev.fovea.search.store.UnitVector;
import dev.fovea.tensor.FoveaException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Writes pictures whose vectors were computed elsewhere. */
final class AddedPhotos {

    private AddedPhotos() {}

    static void put(EmbeddedPhoto photo, int dimension, IndexWriting writing) {
        Path file = photo.file().toAbsolutePath().normalize();
        if (file.getFileName() == null) {
            throw new FoveaException(photo.file() + ": is no file; expected the path of a picture");
        }
        writing.put(
                new PhotoRecord(
                        file.toString(),
                        unknownContent(file),
                        photo.size(),
                        photo.time(),
                        0,
                        0,
                        PictureMetadata.NONE,
                        photo.fields()),
                UnitVector.of(photo.vector(), dimension, photo.file()));
    }

    /** Returns a key that no content has: nobody has read the file, and copies of it are not known to be such. */
    private static ContentKey unknownContent(Path file) {
        try {
            byte[] path = ("path " + file).getBytes(StandardCharsets.UTF_8);
            return ContentKey.of(MessageDigest.getInstance("SHA-256").digest(path), 0);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
