package dev.fovea.models.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The decoding steps that {@code tokenizer.json} knows, besides {@link Utf8Text}. */
final class Decoders {
    private Decoders() {}

    /** Joins tokens with a space between, which is what a tokenizer without a decoder does. */
    static Decoder spaces() {
        return () -> new Appended(token -> token, token -> " " + token);
    }

    /** Joins tokens as they are, end to end. */
    static Decoder join() {
        return () -> new Appended(token -> token, token -> token);
    }

    /**
     * Joins pieces with a space between, except before those that continue a word; optionally repairs English spacing.
     */
    static Decoder wordPiece(String prefix, boolean cleanup) {
        UnaryOperator<String> mended = cleanup ? Decoders::cleaned : token -> token;
        return () -> new Appended(
                mended,
                token -> mended.apply(token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token));
    }

    /** Applies the replacements of the reference to a piece, in its order. */
    private static String cleaned(String token) {
        if (token.indexOf(' ') < 0) return token;
        return token.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" do not", " don't")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }

    /**
     * Joins tokens in which a sign stands for a space.
     *
     * @param prepended whether a text was given a sign in front, which the first token loses
     */
    static Decoder metaspace(String sign, boolean prepended) {
        return () ->
                new Appended(token -> token.replace(sign, prepended ? "" : " "), token -> token.replace(sign, " "));
    }

    /**
     * Joins the tokens of SentencePiece's vocabularies. Tokens that spell a byte, {@code <0xE2>}, become characters
     * with their neighbours; a run of them that is no UTF-8 becomes as many U+FFFD.
     *
     * @param replaced applied to each token, such as a space for U+2581
     */
    static Decoder sentencePieces(Normalizer replaced) {
        return () -> new Pieces(replaced);
    }

    private static final class Pieces implements Decoder.Text {
        private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Normalizer replaced;

        Pieces(Normalizer replaced) {
            this.replaced = replaced;
        }

        @Override
        public void add(String token) {
            String piece = replaced.normalize(token);
            Matcher spelled = BYTE.matcher(piece);
            if (spelled.matches()) {
                bytes.write(Integer.parseInt(spelled.group(1), 16));
                return;
            }
            text.append(characters());
            bytes.reset();
            text.append(piece);
        }

        private String characters() {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes.toByteArray()))
                        .toString();
            } catch (CharacterCodingException noText) {
                return "\uFFFD".repeat(bytes.size());
            }
        }

        @Override
        public String text() {
            return text + characters();
        }

        @Override
        public int length() {
            return text.length() + characters().length();
        }
    }

    /** A text to which every token adds one part; a first token's part differs from a later one's. */
    private static final class Appended implements Decoder.Text {
        private final StringBuilder text = new StringBuilder();
        private final UnaryOperator<String> later;
        private UnaryOperator<String> next;

        Appended(UnaryOperator<String> first, UnaryOperator<String> later) {
            this.later = later;
            next = first;
        }

        @Override
        public void add(String token) {
            text.append(next.apply(token));
            next = later;
        }

        @Override
        public String text() {
            return text.toString();
        }

        @Override
        public int length() {
            return text.length();
        }
    }

    /** Joins tokens that end words where they carry the suffix; the last word gets no space. */
    static Decoder bytePair(String suffix) {
        return () -> new Words(suffix);
    }

    private static final class Words implements Decoder.Text {
        private final StringBuilder before = new StringBuilder();
        private final String suffix;
        private String last = "";

        Words(String suffix) {
            this.suffix = suffix;
        }

        @Override
        public void add(String token) {
            before.append(last.replace(suffix, " "));
            last = token;
        }

        @Override
        public String text() {
            return before + last.replace(suffix, "");
        }

        @Override
        public int length() {
            return before.length() + last.replace(suffix, "").length();
        }
    }

    /**
     * Does what transformers does to the decoded text of a vocabulary with an end-of-word suffix: spaces for suffixes,
     * none around.
     */
    static Decoder endOfWords(Decoder decoder, String suffix) {
        return () -> new Stripped(decoder.begin(), suffix);
    }

    /** Applies {@code clean_up_tokenization} of transformers to the whole text, where it is asked for. */
    static Decoder mended(Decoder decoder, boolean wanted) {
        return wanted ? () -> new Mended(decoder.begin()) : decoder;
    }

    private record Mended(Decoder.Text inner) implements Decoder.Text {
        @Override
        public void add(String token) {
            inner.add(token);
        }

        @Override
        public String text() {
            return inner.text()
                    .replace(" .", ".")
                    .replace(" ?", "?")
                    .replace(" !", "!")
                    .replace(" ,", ",")
                    .replace(" ' ", "'")
                    .replace(" n't", "n't")
                    .replace(" 'm", "'m")
                    .replace(" 's", "'s")
                    .replace(" 've", "'ve")
                    .replace(" 're", "'re");
        }

        @Override
        public int length() {
            return text().length();
        }
    }

    private record Stripped(Decoder.Text inner, String suffix) implements Decoder.Text {
        @Override
        public void add(String token) {
            inner.add(token);
        }

        @Override
        public String text() {
            return PythonText.strip(inner.text().replace(suffix, " "));
        }

        /** Scans the whole text, whose suffixes may be spread over tokens: only CLIP has such, of 77 tokens at most. */
        @Override
        public int length() {
            return text().length();
        }
    }
}
