package dev.fovea.converter.hub;

import java.util.Set;

/** Which names a hub may give to files: those that stay below a folder on every system. */
final class SafePath {

    private static final Set<String> NO_NAMES = Set.of("", ".", "..");
    private static final int LONGEST = 1_000;

    private SafePath() {}

    /** Whether a relative path with {@code /} between its parts can be made a file's path without leaving its folder. */
    static boolean isSafe(String path) {
        if (path.length() > LONGEST || path.chars().anyMatch(c -> c < ' ' || c == 0x7f || c == '\\' || c == ':')) {
            return false; // "C:x", "file:stream" and "..\x" are other places on Windows
        }
        for (String part : path.split("/", -1)) {
            boolean cutByWindows = part.endsWith(" ") || part.endsWith(".");
            if (NO_NAMES.contains(part) || cutByWindows) {
                return false;
            }
        }
        return true;
    }
}
