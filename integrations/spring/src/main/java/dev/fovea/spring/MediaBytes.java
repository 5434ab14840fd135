package dev.fovea.spring;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.springframework.ai.content.Media;

/** Reads the picture that Spring AI calls a media: bytes, a data URL or a file. */
final class MediaBytes {

    private static final String MARK = ";base64,";

    private MediaBytes() {}

    /**
     * Returns the bytes of a picture.
     *
     * @throws IllegalArgumentException if it is an address, or cannot be read
     */
    static byte[] of(Media media) {
        if (media.getData() instanceof byte[] bytes) {
            return bytes;
        }
        String address = String.valueOf(media.getData());
        if (address.startsWith("data:")) {
            return decoded(address);
        }
        if (address.startsWith("file:")) {
            return file(address);
        }
        throw new IllegalArgumentException(
                "pictures are not fetched from addresses; give a Resource, or the URI of a file");
    }

    private static byte[] decoded(String url) {
        int mark = url.indexOf(MARK);
        if (mark < 0) {
            throw new IllegalArgumentException(
                    "a picture's data URL is not in base64; expected data:image/jpeg;base64,...");
        }
        try {
            return Base64.getDecoder().decode(url.substring(mark + MARK.length()));
        } catch (IllegalArgumentException broken) {
            throw new IllegalArgumentException("a picture's base64 is broken: " + broken.getMessage(), broken);
        }
    }

    private static byte[] file(String address) {
        try {
            return Files.readAllBytes(Path.of(URI.create(address)));
        } catch (IOException | IllegalArgumentException | FileSystemNotFoundException e) {
            throw new IllegalArgumentException(address + ": cannot be read (" + e + "); check the path", e);
        }
    }

    /** Returns an address under which the picture can be kept as a text: its own, or a data URL of its bytes. */
    static String address(Media media) {
        return media.getData() instanceof byte[] bytes
                ? "data:" + media.getMimeType() + MARK + Base64.getEncoder().encodeToString(bytes)
                : String.valueOf(media.getData());
    }

    /** Makes a media of an address that {@link #address} has made. */
    static Media.Builder of(String address) {
        Media.Builder media = Media.builder();
        return address.startsWith("data:") ? media.data(decoded(address)) : media.data(URI.create(address));
    }
}
