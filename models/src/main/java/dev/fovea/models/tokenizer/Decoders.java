package dev.fovea.models.tokenizer;

import java.util.List;

/** The decoding steps that {@code tokenizer.json} knows, besides {@link ByteAlphabet#decode}. */
final class Decoders {
    private Decoders() {}

    /** Pieces with a space between, except before those that continue a word; optionally with English spacing mended. */
    static Decoder wordPiece(String prefix, boolean cleanup) {
        return tokens -> {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < tokens.size(); i++) {
                String token = tokens.get(i);
                if (i > 0 && token.startsWith(prefix)) token = token.substring(prefix.length());
                else if (i > 0) token = " " + token;
                text.append(cleanup ? cleaned(token) : token);
            }
            return text.toString();
        };
    }

    /** The replacements of the reference, piece by piece and in its order. */
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

    /** Tokens end words where they carry the suffix; the last word gets no space. */
    static Decoder bytePair(String suffix) {
        return tokens -> {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < tokens.size(); i++) {
                text.append(tokens.get(i).replace(suffix, i + 1 < tokens.size() ? " " : ""));
            }
            return text.toString();
        };
    }

    /** The tokens as they are, laid end to end. */
    static String join(List<String> tokens) {
        return String.join("", tokens);
    }
}
