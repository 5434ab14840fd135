package dev.fovea.app.arguments;

import dev.fovea.models.files.PictureFileNames;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Reads texts on the command line: labels, questions, phrases. Whatever it begins with, an argument is taken as a text,
 * unless it is surely a mistake.
 */
public final class TextArguments {

    /** Advice to users who give pictures as texts. */
    public static final String MORE_PICTURES = "give more pictures with --image, or their folder";

    /** What counts as an option. Anything else that begins with a dash is none: {@code -5 degrees}, {@code - a dog}. */
    private static final Pattern OPTION = Pattern.compile("-|--|--?[A-Za-z][A-Za-z0-9-]*(=.*)?", Pattern.DOTALL);

    /** Marks a text; no argument of a process can hold this character. */
    private static final String MARK = "\0";

    private TextArguments() {}

    /**
     * Refuses texts that are files. They come from the shell, which replaces {@code photos/*.jpg} by the names of all
     * files: the first would be the picture and all others texts.
     *
     * @param kind what a text is to the command
     * @param advice what to do instead
     */
    public static void check(CommandSpec spec, List<String> texts, String kind, String advice) {
        for (String text : texts) {
            if (isFile(text)) {
                throw new ParameterException(
                        spec.commandLine(),
                        text + " is a file, not a " + kind + "; " + advice
                                + ", or put a space behind it if the words are meant");
            }
        }
    }

    /**
     * Returns whether a text is a picture, or anything whose name has a folder in it; {@code cat} may be both a folder
     * here and a label.
     */
    private static boolean isFile(String text) {
        try {
            Path path = Path.of(text);
            return path.getNameCount() > 1 && Files.exists(path)
                    || PictureFileNames.isReadable(text) && Files.isRegularFile(path)
                    || PictureFileNames.unreadableFormat(text).isPresent() && Files.isRegularFile(path);
        } catch (InvalidPathException noFile) {
            return false;
        }
    }

    /**
     * Marks texts that begin with a dash and cannot be meant as options, so that the parser takes them as they are.
     * Other texts that begin with a dash must follow {@code --}, or, as values of an option, an equals sign: {@code
     * --text=--json}.
     *
     * @return the arguments to parse; converters take the mark off with {@link #plain}
     */
    public static String[] protect(CommandLine commandLine, String... arguments) {
        String[] guarded = arguments.clone();
        for (int i = 0; i < guarded.length && !guarded[i].equals("--"); i++) {
            boolean value = i > 0 && takesValue(commandLine, guarded[i - 1]); // the parser takes these the same way
            if (!value
                    && guarded[i].startsWith("-")
                    && !OPTION.matcher(guarded[i]).matches()) {
                guarded[i] = MARK + guarded[i];
            }
        }
        return guarded;
    }

    private static boolean takesValue(CommandLine commandLine, String option) {
        return commandLine.getSubcommands().values().stream()
                .map(command -> command.getCommandSpec().findOption(option))
                .anyMatch(found -> found != null && found.arity().min() > 0);
    }

    /** Returns a text without the mark that {@link #protect} put in front. */
    public static String plain(String text) {
        return text.replace(MARK, "");
    }
}
