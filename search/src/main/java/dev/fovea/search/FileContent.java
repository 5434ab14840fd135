package dev.fovea.search;

import dev.fovea.models.image.PictureMetadata;
import dev.fovea.search.store.ContentKey;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.files.FileErrors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Reads files one after the other for the keys of their contents and for what they say about themselves. */
final class FileContent {

    /** Bytes at the beginning of a file in which a camera's metadata lie. */
    private static final int START = 1 << 18;

    /** Largest file that is kept as a whole where the metadata may lie behind the pixels. */
    private static final long MOST_KEPT = 64L << 20;

    private final MessageDigest digest = sha256();
    private final byte[] buffer = new byte[START];
    private ContentKey key;
    private PictureMetadata metadata;

    /** Reads a file as a whole. */
    void read(Path file) throws IOException {
        CancelledException.throwIfInterrupted();
        try (InputStream stream = Files.newInputStream(file)) {
            digest.reset();
            int count = stream.readNBytes(buffer, 0, START);
            byte[] start = Arrays.copyOf(buffer, count);
            digest.update(start);
            boolean kept = PictureMetadata.mayFollowPixels(start) && Files.size(file) <= MOST_KEPT;
            ByteArrayOutputStream rest = new ByteArrayOutputStream(0);
            while (count == START) {
                count = stream.readNBytes(buffer, 0, START);
                digest.update(buffer, 0, count);
                if (kept) {
                    rest.write(buffer, 0, count);
                }
            }
            key = ContentKey.of(digest.digest(), 0);
            metadata = PictureMetadata.of(whole(start, rest.toByteArray()));
        }
    }

    private static byte[] whole(byte[] start, byte[] rest) {
        if (rest.length == 0) {
            return start;
        }
        byte[] whole = Arrays.copyOf(start, start.length + rest.length);
        System.arraycopy(rest, 0, whole, start.length, rest.length);
        return whole;
    }

    /** Returns the key of the file that was read last. */
    ContentKey key() {
        return key;
    }

    /** Returns when and where the picture was taken that was read last. */
    PictureMetadata metadata() {
        return metadata;
    }

    /** Returns the line about a file that could not be read. */
    static String describe(Path file, IOException e) {
        return FileErrors.cannotRead(file, e, "check the path and its permissions")
                .getMessage();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
