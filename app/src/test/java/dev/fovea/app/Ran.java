package dev.fovea.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Style;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a command line left behind. */
public record Ran(int exit, String out, String err) {

    /** Runs it as from a pipe. */
    public static Ran fovea(Object... arguments) {
        return at(Style.plain(StandardCharsets.UTF_8), arguments);
    }

    /** Runs it for an output that looks like this. */
    public static Ran at(Style style, Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Ran ran = into(out, style, arguments);
        return new Ran(ran.exit, out.toString(StandardCharsets.UTF_8), ran.err);
    }

    /** Runs it into any stream. */
    static Ran into(OutputStream out, Style style, Object... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        String[] texts = new String[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        int exit = Main.run(new Console(out, errors, style, false), texts);
        return new Ran(exit, "", err.toString(StandardCharsets.UTF_8));
    }

    /**
     * Starts it in a process of its own, after a line of shell, without what it prints.
     *
     * @param flags of Java's besides those that Fovea needs
     */
    static Process process(String shell, List<String> flags, Path err, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                shell + "exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:-UsePerfData",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.fovea.app.Main"));
        command.addAll(command.indexOf("-XX:-UsePerfData"), flags);
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile())
                .start();
    }

    /** The document on stdout; fails unless it is exactly one. */
    public JsonNode json() throws IOException {
        try (var parser = new ObjectMapper().createParser(out)) {
            JsonNode document = parser.readValueAsTree();
            if (parser.nextToken() != null) {
                throw new IOException("more than one document: " + out);
            }
            return document;
        }
    }
}
