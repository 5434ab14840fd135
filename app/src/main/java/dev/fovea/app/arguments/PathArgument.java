package dev.fovea.app.arguments;

import dev.fovea.app.terminal.Failure;
import dev.fovea.tensor.FoveaException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a file or folder on the command line. An address is refused: it is neither, and as a path it would lose one of
 * its slashes. So is an empty text, which a shell makes of a variable that is not set, and a path takes for the working
 * folder.
 */
public final class PathArgument implements ITypeConverter<Path> {

    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*", Pattern.DOTALL);
    private static final Pattern ON_HUB = Pattern.compile("https?://[^/]+/([\\w.-]+/[\\w.-]+)/?");

    @Override
    public Path convert(String text) {
        try {
            check(text);
            return Path.of(text);
        } catch (FoveaException | InvalidPathException wrong) {
            throw new TypeConversionException(
                    wrong instanceof InvalidPathException invalid ? Failure.describe(invalid) : wrong.getMessage());
        }
    }

    /**
     * Complains about a text that is empty, or an address.
     *
     * @throws FoveaException which says what to do instead
     */
    public static void check(String text) {
        if (text.isEmpty()) {
            throw new FoveaException(
                    "the name is empty; check the variable that it came from, or give . for this folder");
        }
        Matcher onHub = ON_HUB.matcher(text);
        if (ADDRESS.matcher(text).matches()) {
            throw new FoveaException(text + ": an address and no file; download it first and give the file"
                    + (onHub.matches() ? ", or a model with fovea download " + onHub.group(1) : ""));
        }
    }
}
