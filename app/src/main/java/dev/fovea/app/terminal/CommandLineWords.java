package dev.fovea.app.terminal;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts the command line's words where the library's messages name what a Java program would call. */
public final class CommandLineWords {

    private static final Pattern CONVERT = Pattern.compile("Converter\\.convert\\((\\w+), (\\w+)\\)");

    private static final Map<String, String> WORDS = Map.of(
            "PhotoIndex.update", "fovea index",
            "Converter.measuringChange with a larger limit", "--check",
            "call Converter.activation with quick_gelu", "pass --activation quick_gelu",
            "Hub.endpoint", "--hub",
            "Hub.offline()", "--offline",
            "Hub.everything()", "--all",
            "BlipCaptioner", "caption",
            "BlipAnswerer", "ask",
            "BlipMatcher", "match",
            "for BlipEncoder", "for BlipEncoder in Java");

    private CommandLineWords() {}

    /** Translates a message of the library. */
    public static String of(String message) {
        String said = CONVERT.matcher(message)
                .replaceAll(call ->
                        Matcher.quoteReplacement("'fovea convert " + call.group(1) + " " + call.group(2) + "'"));
        for (Map.Entry<String, String> word : WORDS.entrySet()) {
            said = said.replace(word.getKey(), word.getValue());
        }
        return said;
    }
}
