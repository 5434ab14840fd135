package dev.fovea.app.terminal;

import dev.fovea.models.check.OptionException;
import dev.fovea.tensor.FoveaException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.regex.Pattern;

/** Puts what went wrong into one line: what, and what to do. */
public final class Failure {

    private static final Pattern PROPERTY = Pattern.compile("\\b[a-z]+(?:[A-Z][a-z]*)+\\b");
    private static final Pattern HUMP = Pattern.compile("[A-Z]");

    private Failure() {}

    /** Returns the line for any exception; the line for an exception that is not meant for people asks for a report. */
    public static String describe(Throwable error) {
        return switch (error) {
            case OptionException option -> flags(option.getMessage());
            case FoveaException known -> CommandLineWords.of(known.getMessage());
            case OutputException output ->
                "cannot write the results (" + reason(output.getCause()) + "); check the disk or the pipe they go to";
            case UncheckedIOException unchecked -> describe(unchecked.getCause());
            case NoSuchFileException missing -> missing.getFile() + ": no such file or folder; check the path";
            case AccessDeniedException denied -> denied.getFile() + ": may not be read; check its permissions";
            case FileNotFoundException missing -> missing.getMessage() + "; check the path";
            case FileSystemException file -> file.getFile() + ": " + reason(file) + "; check the disk and the path";
            case IOException input -> "cannot read or write (" + reason(input) + "); check the disk and the path";
            case InvalidPathException invalid ->
                "\"" + invalid.getInput() + "\" cannot be the name of a file here (" + invalid.getReason()
                        + "); where it holds letters beyond ASCII, set LC_ALL to an installed UTF-8 locale such as"
                        + " C.UTF-8";
            case OutOfMemoryError memory ->
                "out of memory (" + reason(memory) + "); use smaller pictures or a smaller model, or give Java more"
                        + " with JAVA_TOOL_OPTIONS=-Xmx8g";
            case StackOverflowError overflow -> "the input is nested too deeply; check the files of the checkpoint";
            default -> "internal error: " + error + "; please report it with what you did and what --debug prints";
        };
    }

    /** Writes the names of Java's properties as the flags that set them: {@code topK} as {@code top-k}. */
    public static String flags(String message) {
        return PROPERTY.matcher(message)
                .replaceAll(name -> HUMP.matcher(name.group())
                        .replaceAll(letter -> "-" + letter.group().toLowerCase(Locale.ROOT)));
    }

    private static String reason(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.getClass().getSimpleName() : message;
    }
}
