package dev.fovea.models.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Cleans a text as SentencePiece does before it cuts it into pieces ({@code normalizer.cc}): characters are replaced,
 * runs of spaces become one, and each space becomes U+2581, so that pieces keep them.
 */
final class SentencePieceNormalizer implements Normalizer {
    /** The sign for a space, in UTF-8. */
    private static final byte[] SPACE = "\u2581".getBytes(StandardCharsets.UTF_8);

    private final CharacterMap replacements;
    private final List<byte[]> kept;
    private final boolean dummyPrefix;
    private final boolean extraSpacesRemoved;

    /**
     * Takes what the file says.
     *
     * @param kept pieces that users defined, which stay as they are
     * @param dummyPrefix whether a space goes before the text
     * @param extraSpacesRemoved whether spaces around the text go, and runs of them become one
     */
    SentencePieceNormalizer(
            CharacterMap replacements, List<String> kept, boolean dummyPrefix, boolean extraSpacesRemoved) {
        this.replacements = replacements;
        this.kept =
                kept.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
        this.dummyPrefix = dummyPrefix;
        this.extraSpacesRemoved = extraSpacesRemoved;
    }

    @Override
    public String normalize(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        int at = 0;
        if (extraSpacesRemoved) {
            while (at < in.length) {
                CharacterMap.Match next = next(in, at);
                if (!isSpace(next.replacement())) break;
                at += next.length();
            }
        }
        if (at == in.length) return "";
        ByteArrayOutputStream out = new ByteArrayOutputStream(in.length + 16);
        if (dummyPrefix) out.writeBytes(SPACE);
        boolean afterSpace = extraSpacesRemoved;
        while (at < in.length) {
            CharacterMap.Match next = next(in, at);
            byte[] written = next.replacement();
            int from = 0;
            while (afterSpace && from < written.length && written[from] == ' ') from++;
            if (from < written.length) {
                for (int i = from; i < written.length; i++) {
                    if (written[i] == ' ') out.writeBytes(SPACE);
                    else out.write(written[i]);
                }
                afterSpace = extraSpacesRemoved && written[written.length - 1] == ' ';
            }
            at += next.length();
        }
        String cleaned = out.toString(StandardCharsets.UTF_8);
        if (!extraSpacesRemoved) return cleaned;
        int end = cleaned.length();
        while (end > 0 && cleaned.charAt(end - 1) == '\u2581') end--;
        return cleaned.substring(0, end);
    }

    private static boolean isSpace(byte[] text) {
        return text.length == 1 && text[0] == ' ';
    }

    /** Returns how many bytes come next, and what becomes of them: a kept piece, a replacement, or one character. */
    private CharacterMap.Match next(byte[] in, int at) {
        int longest = 0;
        for (byte[] piece : kept) {
            boolean matches = piece.length > longest && at + piece.length <= in.length;
            for (int i = 0; matches && i < piece.length; i++) matches = in[at + i] == piece[i];
            if (matches) longest = piece.length;
        }
        if (longest == 0) {
            CharacterMap.Match match = replacements.longest(in, at);
            if (match.length() > 0) return match;
            longest = Utf8.length(in[at]);
        }
        byte[] same = new byte[longest];
        System.arraycopy(in, at, same, 0, longest);
        return new CharacterMap.Match(longest, same);
    }
}
