package dev.fovea.app.terminal;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts the command line's words where the library's messages name what a Java program would call. */
public final class CommandLineWords {

    private static final Pattern CONVERT = Pattern.compile("Converter\\.convert\\(([^(),]+), (\\w+)\\)");

    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("PhotoIndex.update", "fovea index"),
            Map.entry("Converter.measuringChange with a larger limit", "--check"),
            Map.entry("call Converter.activation with quick_gelu", "pass --activation quick_gelu"),
            Map.entry("Hub.endpoint", "--hub"),
            Map.entry("Hub.offline()", "--offline"),
            Map.entry("Hub.everything()", "--all"),
            Map.entry("LoadOptions.withAdapter(FOLDER)", "--adapter FOLDER"),
            Map.entry("BlipCaptioner", "caption"),
            Map.entry("BlipAnswerer", "ask"),
            Map.entry("BlipMatcher", "match"),
            Map.entry("for BlipEncoder", "for BlipEncoder in Java"));

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
