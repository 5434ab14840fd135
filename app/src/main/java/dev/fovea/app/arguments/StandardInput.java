package dev.fovea.app.arguments;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Reads standard input as a list, one item a line in UTF-8, where an option has {@code -} as its value. It can be read
 * only once.
 */
public final class StandardInput {

    private static final String NAME = "-";

    private final CommandSpec spec;
    private String reader;

    public StandardInput(CommandSpec spec) {
        this.spec = spec;
    }

    /** Returns whether an option's value means standard input. */
    public boolean isList(String value) {
        return value.equals(NAME);
    }

    /** Returns whether a path means standard input. */
    public boolean isList(Path value) {
        return isList(value.toString());
    }

    /** Reads all lines; an empty one is an empty text. */
    public List<String> lines(String option) {
        if (reader != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    reader + " - has read standard input already; give - only once, not to " + option);
        }
        reader = option;
        try {
            byte[] bytes = System.in.readAllBytes();
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .lines()
                    .toList();
        } catch (CharacterCodingException e) {
            throw new FoveaException("standard input is not UTF-8 text; write one " + option + " a line in UTF-8", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Puts the paths that are listed on standard input in the place of the dash; empty lines do not count.
     *
     * @param paths as they were given
     */
    public List<Path> listed(List<Path> paths, String option) {
        return paths.stream()
                .flatMap(path -> isList(path)
                        ? lines(option).stream().filter(line -> !line.isEmpty()).map(Path::of)
                        : Stream.of(path))
                .toList();
    }
}
