package dev.fovea.hub;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Decides which names a hub may give to files: those that stay below a folder, and can be written on this system. */
final class SafePath {

    private static final boolean WINDOWS =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

    private static final Set<String> NO_NAMES = Set.of("", ".", "..");
    private static final int LONGEST = 1_000;

    /** Bytes of the longest name of a file on the usual file systems. */
    private static final int LONGEST_PART = 255;

    /**
     * Forbidden characters: control characters, those that turn the direction of text, and halves of characters; and
     * the backslash, which Windows takes for a slash.
     */
    private static final Pattern NO_CHARACTERS =
            Pattern.compile("[\\p{Cntrl}\\p{Cs}\\x{80}-\\x{9f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}\\\\]");

    /**
     * Names that Windows has other uses for: "C:x" is another place, "file:stream" another part of a file, "nul.json"
     * no file at all.
     */
    private static final Pattern NOT_ON_WINDOWS = Pattern.compile(
            ".*[<>:\"|?*].*|.*[. ]|(?i:con|prn|aux|nul|conin\\$|conout\\$|com[0-9¹²³]|lpt[0-9¹²³])(\\..*)?");

    private SafePath() {}

    /**
     * Returns whether a relative path with {@code /} between its parts can be made a file's path on any system without
     * leaving its folder.
     */
    static boolean isSafe(String path) {
        return isUsable(path, true);
    }

    /**
     * Returns whether a relative path with {@code /} between its parts can be made a file's path on this system without
     * leaving its folder.
     */
    static boolean isUsable(String path) {
        return isUsable(path, WINDOWS);
    }

    static boolean isUsable(String path, boolean windows) {
        if (path.length() > LONGEST || NO_CHARACTERS.matcher(path).find()) {
            return false;
        }
        for (String part : path.split("/", -1)) {
            boolean tooLong = part.getBytes(StandardCharsets.UTF_8).length > LONGEST_PART;
            if (NO_NAMES.contains(part)
                    || tooLong
                    || windows && NOT_ON_WINDOWS.matcher(part).matches()) {
                return false;
            }
        }
        try {
            return !Path.of(path).isAbsolute();
        } catch (InvalidPathException notInThisLocale) {
            return false;
        }
    }

    /**
     * Returns a form that is equal for two names that some file systems take for one: case does not count, nor how
     * accents are composed.
     */
    static String folded(String path) {
        return Normalizer.normalize(path, Normalizer.Form.NFC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
    }
}
