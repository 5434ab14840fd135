package dev.fovea.app.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import java.io.IOException;
import java.io.OutputStream;

/** Writes JSON documents: one line, UTF-8, numbers with as many digits as it takes to read back the same float. */
public final class Json {

    private static final JsonFactory FACTORY =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    /** Writes the fields of a document. */
    @FunctionalInterface
    public interface Document {
        void write(JsonGenerator json) throws IOException;
    }

    private Json() {}

    /** Writes the fields of one object and a line end. */
    public static void write(OutputStream out, Document fields) throws IOException {
        try (JsonGenerator json = new WholeLetters(FACTORY.createGenerator(out))) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    /**
     * Writes halves of characters, which JSON's escapes can spell and UTF-8 cannot, as U+FFFD instead of ending in the
     * middle of a document.
     */
    private static final class WholeLetters extends JsonGeneratorDelegate {

        WholeLetters(JsonGenerator json) {
            super(json);
        }

        @Override
        public void writeString(String text) throws IOException {
            super.writeString(whole(text));
        }

        @Override
        public void writeFieldName(String name) throws IOException {
            super.writeFieldName(whole(name));
        }

        private static String whole(String text) {
            if (text == null || text.chars().noneMatch(letter -> Character.isSurrogate((char) letter))) {
                return text;
            }
            StringBuilder whole = new StringBuilder(text.length());
            text.codePoints()
                    .map(letter -> Character.getType(letter) == Character.SURROGATE ? 0xFFFD : letter)
                    .forEach(whole::appendCodePoint);
            return whole.toString();
        }
    }

    /** Writes the field {@code tokens}. */
    public static void writeTokens(JsonGenerator json, int[] tokens) throws IOException {
        json.writeFieldName("tokens");
        json.writeArray(tokens, 0, tokens.length);
    }
}
