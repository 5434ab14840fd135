package dev.fovea.service.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import dev.fovea.service.error.HttpFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A picture in a request: a data URL, base64, an address, or the file itself as part of a form.
 *
 * @param text what a JSON document says, or null
 * @param file the bytes of a form, or null
 */
@JsonDeserialize(using = ImageData.Reader.class)
public record ImageData(String text, byte[] file) {

    private static final Pattern WHITE_SPACE = Pattern.compile("[\t\n\f\r ]+");
    private static final String DATA = "data:";

    /** Takes the text of a JSON document. */
    public static ImageData of(String text) {
        return new ImageData(text, null);
    }

    /** Takes the file of a form. */
    public static ImageData of(byte[] file) {
        return new ImageData(null, file);
    }

    /** Takes what a form holds: a file, or a data URL or an address, as which no picture's file begins. */
    public static ImageData ofForm(byte[] value) {
        ImageData start = of(new String(value, 0, Math.min(value.length, 6), StandardCharsets.ISO_8859_1));
        return start.isDataUrl() || start.isAddress() ? of(new String(value, StandardCharsets.UTF_8)) : of(value);
    }

    /** Reads a text, or a file that a form holds. */
    static final class Reader extends StdDeserializer<ImageData> {

        private static final long serialVersionUID = 1;

        Reader() {
            super(ImageData.class);
        }

        @Override
        public ImageData deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (parser.hasToken(JsonToken.VALUE_EMBEDDED_OBJECT)) {
                return (ImageData) parser.getEmbeddedObject();
            }
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return (ImageData) context.handleUnexpectedToken(ImageData.class, parser);
            }
            return of(parser.getText());
        }
    }

    /** Returns whether the picture lies at an address. */
    public boolean isAddress() {
        return text != null
                && (text.regionMatches(true, 0, "http:", 0, 5) || text.regionMatches(true, 0, "https:", 0, 6));
    }

    private boolean isDataUrl() {
        return text != null && text.regionMatches(true, 0, DATA, 0, DATA.length());
    }

    /**
     * Returns the bytes of a picture that is in the request.
     *
     * @param param the path of the field, for complaints
     * @throws HttpFailure if the text is no picture
     */
    public byte[] bytes(String param) {
        if (file != null) {
            return file;
        }
        if (text.isEmpty()) {
            throw HttpFailure.badRequest(param, param + " is empty; send a picture as a data URL or in base64");
        }
        return decode(isDataUrl() ? payload(param) : text, param);
    }

    private String payload(String param) {
        int comma = text.indexOf(',');
        String head =
                text.substring(DATA.length(), Math.max(DATA.length(), comma)).toLowerCase(Locale.ROOT);
        String type = head.split(";", 2)[0];
        if (comma < 0 || !head.endsWith(";base64")) {
            throw HttpFailure.badRequest(
                    param, param + " is a data URL that is not in base64; send data:image/jpeg;base64,...");
        }
        if (!type.startsWith("image/")) {
            throw HttpFailure.badRequest(
                    param,
                    param + " is a data URL of type " + (type.isEmpty() ? "text/plain" : shown(type))
                            + "; send a picture, data:image/jpeg;base64,...");
        }
        return text.substring(comma + 1);
    }

    /** Decodes as browsers decode data URLs, where white space does not count (WHATWG Infra, forgiving-base64). */
    private static byte[] decode(String base64, String param) {
        try {
            return Base64.getDecoder().decode(WHITE_SPACE.matcher(base64).replaceAll(""));
        } catch (IllegalArgumentException broken) {
            throw HttpFailure.badRequest(
                    param,
                    param + " is not in base64 (" + broken.getMessage()
                            + "); send a picture as data:image/jpeg;base64,... or its base64 alone");
        }
    }

    private static String shown(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }
}
