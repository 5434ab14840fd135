package dev.fovea.app;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds arguments that are not what was typed: Java reads them in the locale's encoding before anything of ours runs,
 * and has replaced by U+FFFD what that encoding lacks. A text would be computed with another meaning, and no file has
 * that name.
 */
final class LostLetters {

    private static final String REPLACED = "\uFFFD";

    private LostLetters() {}

    /**
     * Complains about the first argument that lost letters.
     *
     * @throws FoveaException which names it and says what to do
     */
    static void check(String... arguments) {
        String encoding = System.getProperty("sun.jnu.encoding", "?");
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].contains(REPLACED) && !wasTyped(arguments[i])) {
                String argument = "argument " + (i + 1) + ", \"" + arguments[i] + "\", ";
                throw new FoveaException(
                        encoding.equalsIgnoreCase("UTF-8")
                                ? argument
                                        + "is not written in UTF-8; give a file with such a name by its folder, or"
                                        + " rename it"
                                : argument + "lost letters, since Java reads arguments as " + encoding
                                        + " in this locale; set LC_ALL to an installed UTF-8 locale such as C.UTF-8");
            }
        }
    }

    /** Returns whether the process really was given that character, as far as the system tells. */
    private static boolean wasTyped(String argument) {
        try {
            byte[] given = Files.readAllBytes(Path.of("/proc/self/cmdline"));
            return new String(given, StandardCharsets.ISO_8859_1)
                    .contains("\0" + new String(argument.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                            + "\0");
        } catch (IOException notThisSystem) {
            return false;
        }
    }
}
