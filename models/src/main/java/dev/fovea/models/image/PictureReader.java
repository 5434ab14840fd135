package dev.fovea.models.image;

import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads pictures from files and streams: finds the format, bounds what is read, and turns every error into one line.
 */
final class PictureReader {
    /** Largest file that is read: no picture below the pixel limit needs more bytes. */
    private static final int MAX_FILE_BYTES = 1 << 30;

    private static final int SNIFFED_BYTES = 4096;

    private PictureReader() {}

    static Picture read(Path file, DecodingBudget budget, DraftReduction draft) {
        if (Files.isDirectory(file)) throw new PictureException(file + " is a folder, expected a picture file");
        try (InputStream stream = Files.newInputStream(file)) {
            return read(stream, file.toString(), budget, draft);
        } catch (NoSuchFileException missing) {
            throw new PictureException(file + " does not exist; check the name of the picture", missing);
        } catch (AccessDeniedException denied) {
            throw new PictureException(file + " may not be read; check its permissions", denied);
        } catch (IOException unreadable) {
            throw new PictureException(file + " cannot be read: " + firstLine(unreadable), unreadable);
        }
    }

    static <T> T read(Path file, DraftReduction draft, Function<? super Picture, ? extends T> use) {
        Supplier<Picture> read = () -> read(file, DecodingBudget.ofWork(), draft);
        // A pipe can be read only once, so it cannot be tried again.
        if (!Files.isRegularFile(file)) return use.apply(read.get());
        return DecodingMemory.shared().run(file.toString(), file.toFile().length(), Picture.MAX_PIXELS, read, use);
    }

    static <T> T read(byte[] bytes, long maxPixels, Duration time, Function<? super Picture, ? extends T> use) {
        Supplier<Picture> read = () -> read(new ByteArrayInputStream(bytes), DecodingBudget.ofTime(time));
        return DecodingMemory.shared().run("the picture", bytes.length, maxPixels, read, use);
    }

    /**
     * Reads a picture as {@link #read(Path, DraftReduction, Function)} does; complaints of the function get the file's
     * name.
     */
    static <T> T readNamed(Path file, DraftReduction draft, Function<? super Picture, ? extends T> use) {
        return read(file, draft, picture -> {
            try {
                return use.apply(picture);
            } catch (CancelledException cancelled) {
                throw cancelled; // nothing is wrong with the picture
            } catch (FoveaException complaint) {
                // The cause may be a lack of memory, which is looked for.
                throw new PictureException(file + ": " + complaint.getMessage(), complaint.getCause());
            }
        });
    }

    static Picture read(InputStream stream, DecodingBudget budget) {
        try {
            return read(stream, "the picture", budget, DraftReduction.NONE);
        } catch (ClosedByInterruptException interrupted) {
            throw new CancelledException(interrupted);
        } catch (IOException unreadable) {
            throw new PictureException("the picture cannot be read: " + firstLine(unreadable), unreadable);
        }
    }

    private static Picture read(InputStream stream, String name, DecodingBudget budget, DraftReduction draft)
            throws IOException {
        CancelledException.throwIfInterrupted();
        byte[] start = stream.readNBytes(SNIFFED_BYTES);
        if (start.length == 0) throw new PictureException(name + " is empty, expected a picture");
        PictureFormat format = PictureFormat.of(start);
        if (format == null) {
            throw new PictureException(name + " " + OtherFormats.describe(start));
        }
        try {
            byte[] bytes = start.length < SNIFFED_BYTES ? start : whole(start, stream, name);
            int orientation = Orientation.of(format, bytes);
            DraftReduction asStored =
                    Orientation.turns(orientation) ? (width, height) -> draft.reduction(height, width) : draft;
            return Orientation.apply(format.decode(bytes, budget, asStored), orientation, budget);
        } catch (BrokenPictureException broken) {
            throw new PictureException(name + " " + broken.getMessage(), broken);
        } catch (IOException | RuntimeException damaged) {
            if (damaged instanceof FoveaException known) throw known;
            if (damaged instanceof ClosedByInterruptException) throw new CancelledException(damaged);
            // Foreign decoders throw any exception on damaged files.
            throw new PictureException(
                    name + " is a " + format + " file that is cut short or damaged; fetch it again", damaged);
        } catch (OutOfMemoryError tooLarge) {
            throw outOfMemory(name, tooLarge);
        }
    }

    static FoveaException outOfMemory(String name, OutOfMemoryError cause) {
        long limit = Runtime.getRuntime().maxMemory() / (1 << 20);
        return new PictureException(
                name + " needs more memory than Java may use (" + limit + " MiB); scale it down or raise -Xmx", cause);
    }

    private static byte[] whole(byte[] start, InputStream stream, String name) throws IOException {
        byte[] rest = stream.readNBytes(MAX_FILE_BYTES);
        if (rest.length == MAX_FILE_BYTES) {
            throw new PictureException(
                    name + " is larger than " + MAX_FILE_BYTES / (1 << 20) + " MiB, too large for a picture");
        }
        byte[] bytes = Arrays.copyOf(start, start.length + rest.length);
        System.arraycopy(rest, 0, bytes, start.length, rest.length);
        return bytes;
    }

    private static String firstLine(IOException cause) {
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("unknown reason");
    }
}
