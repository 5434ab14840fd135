package dev.fovea.langchain4j;

import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.FoveaException;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.Base64;

/** Reads pictures of requests: base64 and data URLs. Nothing is fetched. */
final class PictureContent {

    /** Longest time that a picture may take to decode. */
    private static final Duration DECODING = Duration.ofSeconds(30);

    private static final String BASE64_MARK = ";base64,";

    private PictureContent() {}

    /**
     * Reads a picture and keeps what a model reads of it.
     *
     * @throws InvalidRequestException if it cannot be decoded
     * @throws UnsupportedFeatureException if it is to be fetched
     */
    static PreparedPicture prepared(Image image, Preprocessing steps) {
        byte[] bytes = bytes(image);
        try {
            return steps.prepare(Picture.read(new ByteArrayInputStream(bytes), DECODING));
        } catch (FoveaException noPicture) {
            throw new InvalidRequestException(noPicture.getMessage(), noPicture);
        }
    }

    private static byte[] bytes(Image image) {
        String base64 = image.base64Data();
        if (base64 == null) {
            String address = String.valueOf(image.url());
            int mark = address.indexOf(BASE64_MARK);
            if (!address.startsWith("data:") || mark < 0) {
                throw new UnsupportedFeatureException(
                        "images at addresses are not supported, since nothing is fetched; read the image and give"
                                + " its bytes, as ImageContent.from(path, mimeType) does");
            }
            base64 = address.substring(mark + BASE64_MARK.length());
        }
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException broken) {
            throw new InvalidRequestException("a picture's base64 is broken: " + broken.getMessage(), broken);
        }
    }
}
