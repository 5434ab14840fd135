package dev.fovea.app;

import dev.fovea.app.arguments.PathArgument;
import dev.fovea.app.arguments.TextArguments;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Console;
import dev.fovea.app.terminal.Exit;
import dev.fovea.app.terminal.Failure;
import dev.fovea.app.terminal.OutputException;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Starts {@code ./fovea}, and turns everything that goes wrong into one line and an exit code. */
public final class Main {

    private Main() {}

    /** Runs one command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(Console.ofProcess(), arguments));
    }

    /** Runs one command line. */
    static int run(Console console, String... arguments) {
        Session session = new Session(console);
        CommandLine commandLine = commandLine(session, arguments);
        commandLine.setParameterExceptionHandler((error, given) -> usage(console, error));
        commandLine.setExecutionExceptionHandler((error, command, result) -> failed(session, error));
        try {
            LostLetters.check(arguments);
            return commandLine.execute(TextArguments.protect(commandLine, arguments));
        } catch (FoveaException | Error error) {
            return failed(session, error);
        }
    }

    /**
     * Sets the root command up for a console.
     *
     * @param arguments the command line, of which the commands are set up; none for all commands
     */
    static CommandLine commandLine(Session session, String... arguments) {
        Console console = session.console();
        Ansi ansi = console.style().colour() ? Ansi.ON : Ansi.OFF;
        return FoveaCommand.commandLine(session, arguments)
                .setOut(console.writer())
                .setColorScheme(CommandLine.Help.defaultColorScheme(ansi))
                .setUsageHelpWidth(Math.clamp(console.style().columns(), 60, 120))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false) // @name is a text, too
                .registerConverter(String.class, TextArguments::plain)
                .registerConverter(Path.class, text -> new PathArgument().convert(TextArguments.plain(text)))
                .registerConverter(Integer.class, text -> number(text, "a whole number", Integer::valueOf))
                .registerConverter(int.class, text -> number(text, "a whole number", Integer::valueOf))
                .registerConverter(Long.class, text -> number(text, "a whole number", Long::valueOf))
                .registerConverter(long.class, text -> number(text, "a whole number", Long::valueOf))
                .registerConverter(Double.class, text -> number(text, "a number", Double::valueOf))
                .registerConverter(double.class, text -> number(text, "a number", Double::valueOf));
    }

    private static <N> N number(String text, String expected, Function<String, N> reader) {
        try {
            return reader.apply(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("expected " + expected + ", found \"" + text + "\"");
        }
    }

    /** Prints what is wrong with the command line in one line; the whole help would scroll it away. */
    private static int usage(Console console, ParameterException error) {
        List<String> alike =
                error instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        console.error(TextArguments.plain(error.getMessage())
                + (alike.isEmpty() ? "" : ", did you mean " + String.join(" or ", alike) + "?")
                + "; see " + error.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return Exit.USAGE;
    }

    private static int failed(Session session, Throwable error) {
        Console console = session.console();
        if (error instanceof OutputException output && output.readerIsGone()) {
            return Exit.DONE;
        }
        console.error(Failure.describe(error));
        if (session.debug()) {
            console.trace(error);
        }
        return Exit.FAILED;
    }
}
