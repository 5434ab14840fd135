package dev.fovea.models.image;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads the orientation from the text chunks of a PNG. Pillow's limits hold: a text that expands beyond a mebibyte
 * refuses the picture, and so do 64 of them together.
 */
final class PngTexts {
    private static final int MAX_TEXT = 1 << 20;
    private static final int MAX_ALL_TEXTS = 64 * MAX_TEXT;
    private static final String XMP = "XML:com.adobe.xmp";
    private static final String RAW_PROFILE = "Raw profile type exif";

    private long total;
    private byte[] exif;
    private String rawProfile;
    private String xmpText;
    private String xmpBytes;

    /** Returns the orientation that the chunks ask for so far. */
    int orientation() {
        byte[] stated = exif != null ? exif : rawProfile != null ? fromHex(rawProfile) : null;
        return Orientation.of(stated, xmpText == null || xmpText.isEmpty() ? xmpBytes : xmpText);
    }

    void exif(byte[] structure) {
        exif = structure;
    }

    /** Checks a colour profile, which is not used but has to be valid as far as Pillow reads it. */
    void profile(byte[] file, int from, int to) throws BrokenPictureException {
        int zero = zero(file, from, to);
        int method = zero < 0 ? from : zero + 1;
        if (method >= to || file[method] != 0) throw BrokenPictureException.truncated();
        expand(file, (zero < 0 ? from - 1 : zero) + 2, to);
    }

    /** Reads a tEXt chunk: key, zero byte, text. */
    void plain(byte[] file, int from, int to) throws BrokenPictureException {
        int zero = zero(file, from, to);
        String key = latin(file, from, zero < 0 ? to : zero);
        String text = zero < 0 ? "" : latin(file, zero + 1, to);
        if (key.isEmpty()) return;
        if (key.equals("exif")) exif = text.getBytes(StandardCharsets.ISO_8859_1);
        keep(key, text, text.length());
    }

    /** Reads a zTXt chunk: key, zero byte, method, compressed text. */
    void compressed(byte[] file, int from, int to) throws BrokenPictureException {
        int zero = zero(file, from, to);
        if (zero >= 0 && zero + 1 < to && file[zero + 1] != 0) throw BrokenPictureException.truncated();
        byte[] text = zero < 0 ? null : expand(file, zero + 2, to);
        String key = latin(file, from, zero < 0 ? to : zero);
        if (!key.isEmpty()) keep(key, text == null ? "" : latin(text, 0, text.length), text == null ? 0 : text.length);
    }

    /**
     * Reads an iTXt chunk: key, zero byte, whether compressed, method, language, zero byte, translated key, zero byte,
     * text in UTF-8.
     */
    void international(byte[] file, int from, int to) throws BrokenPictureException {
        int afterKey = zero(file, from, to);
        if (afterKey < 0 || to - afterKey < 3) return;
        int afterLanguage = zero(file, afterKey + 3, to);
        int afterTranslated = afterLanguage < 0 ? -1 : zero(file, afterLanguage + 1, to);
        if (afterTranslated < 0) return;
        byte[] text = Arrays.copyOfRange(file, afterTranslated + 1, to);
        if (file[afterKey + 1] != 0) {
            text = file[afterKey + 2] == 0 ? expand(file, afterTranslated + 1, to) : null;
            if (text == null) return;
        }
        String key = latin(file, from, afterKey);
        if (key.equals(XMP)) xmpBytes = latin(text, 0, text.length);
        try {
            utf8(file, afterKey + 3, afterLanguage);
            utf8(file, afterLanguage + 1, afterTranslated);
            String decoded = utf8(text, 0, text.length);
            keep(key, decoded, decoded.codePointCount(0, decoded.length()));
        } catch (CharacterCodingException noText) {
            // Pillow skips it.
        }
    }

    private void keep(String key, String text, int length) throws BrokenPictureException {
        if (key.equals(RAW_PROFILE)) rawProfile = text;
        if (key.equals(XMP)) xmpText = text;
        total += length;
        if (total > MAX_ALL_TEXTS) throw tooLarge();
    }

    private static BrokenPictureException tooLarge() {
        return new BrokenPictureException(
                "has text or a profile that expands beyond what is safe (a decompression bomb?);"
                        + " save it without its metadata");
    }

    /** Returns decompressed bytes, as many as there are; null if they are damaged. */
    private static byte[] expand(byte[] file, int from, int to) throws BrokenPictureException {
        if (from >= to) return new byte[0];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(file, from, to - from);
            byte[] text = new byte[Math.min(MAX_TEXT, 4 * (to - from) + 64)];
            int size = 0;
            while (true) {
                int got = inflater.inflate(text, size, text.length - size);
                size += got;
                if (inflater.finished() || size < text.length) return Arrays.copyOf(text, size);
                if (text.length == MAX_TEXT) {
                    if (inflater.getRemaining() > 0) throw tooLarge();
                    return text;
                }
                text = Arrays.copyOf(text, Math.min(MAX_TEXT, 4 * text.length));
            }
        } catch (DataFormatException damaged) {
            return null;
        } finally {
            inflater.end();
        }
    }

    /**
     * Decodes ImageMagick's profile: name and length, each on a line, then hexadecimal digits; null if they are
     * something else.
     */
    private static byte[] fromHex(String profile) {
        String[] lines = profile.split("\n", 4);
        if (lines.length < 4) return new byte[0];
        String digits = lines[3].replace("\n", "");
        byte[] bytes = new byte[digits.length() / 2];
        int size = 0;
        for (int i = 0; i < digits.length(); ) {
            if (" \t\r\f\u000B".indexOf(digits.charAt(i)) >= 0) {
                i++;
                continue;
            }
            int high = digit(digits, i);
            int low = digit(digits, i + 1);
            if (high < 0 || low < 0) return null;
            bytes[size++] = (byte) (high << 4 | low);
            i += 2;
        }
        return Arrays.copyOf(bytes, size);
    }

    private static int digit(String digits, int at) {
        return at < digits.length() && digits.charAt(at) < 128 ? Character.digit(digits.charAt(at), 16) : -1;
    }

    private static int zero(byte[] file, int from, int to) {
        for (int i = from; i < to; i++) if (file[i] == 0) return i;
        return -1;
    }

    private static String latin(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static String utf8(byte[] bytes, int from, int to) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes, from, to - from))
                .toString();
    }
}
