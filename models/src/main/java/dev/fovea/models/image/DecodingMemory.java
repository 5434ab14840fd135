package dev.fovea.models.image;

import dev.fovea.tensor.FoveaException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Bounds the memory of pictures that are decoded and shrunk at the same time. Every decoder reports the number of a
 * picture's pixels before it allocates them ({@link PictureSize#check}), and waits there until there is memory for it.
 * Pictures are served in the order in which they ask, so a large one is not overtaken for ever. If the estimate was too
 * low and memory runs out, the picture is tried once more when all others are done.
 */
final class DecodingMemory {
    /** Share of the heap that Java may use; the rest is for models, results and the rest of the program. */
    private static final double SHARE_OF_HEAP = 0.6;

    /**
     * Most bytes a pixel that most formats need while a picture is decoded, turned upright and converted to RGB: the
     * pixels two or three times.
     */
    private static final int BYTES_PER_PIXEL = 9;

    /** Number of copies of the file's bytes that are held while it is read. */
    private static final int COPIES_OF_FILE = 2;

    private static final int MIB = 1 << 20;

    /** The instance of this JVM. */
    private static final DecodingMemory SHARED =
            new DecodingMemory((long) (Runtime.getRuntime().maxMemory() * SHARE_OF_HEAP));

    private static final ScopedValue<Reservation> CURRENT = ScopedValue.newInstance();

    private final int total;
    private final Semaphore free;

    DecodingMemory(long bytes) {
        total = (int) Math.clamp(bytes / MIB, 1, Integer.MAX_VALUE);
        free = new Semaphore(total, true);
    }

    static DecodingMemory shared() {
        return SHARED;
    }

    /**
     * Waits, if this thread reads a picture under supervision, until there is memory for a picture of this number of
     * pixels.
     *
     * @throws PictureException if those are more than whoever reads it accepts
     */
    static void await(long pixels) {
        if (CURRENT.isBound()) CURRENT.get().await(pixels);
    }

    /** The memory that is reserved for one picture. */
    private final class Reservation {
        private final long fileBytes;
        private final long maxPixels;
        private long pixels;
        private int held;

        Reservation(long fileBytes, long maxPixels, int held) {
            this.fileBytes = fileBytes;
            this.maxPixels = maxPixels;
            this.held = held;
        }

        /**
         * Waits for more memory. A picture that holds some already does not wait: two of these would wait for each
         * other.
         */
        void await(long more) {
            if (more > maxPixels) {
                throw new PictureException("the picture has " + more + " pixels, more than the " + maxPixels
                        + " that are accepted here; scale it down first");
            }
            if (more <= pixels) return;
            pixels = more;
            int wanted = (int) Math.min(total, mebibytes());
            if (held == 0) {
                free.acquireUninterruptibly(wanted);
                held = wanted;
            } else if (wanted > held && free.tryAcquire(wanted - held)) {
                held = wanted;
            }
        }

        long mebibytes() {
            return (BYTES_PER_PIXEL * pixels + COPIES_OF_FILE * fileBytes) / MIB + 1;
        }
    }

    /**
     * Reads a picture and passes it to a function that makes something smaller of it.
     *
     * @param name of the picture in messages
     * @param fileBytes size of its file, 0 if that is not known
     * @param maxPixels most pixels that are accepted
     * @param read reads it
     */
    <T> T run(
            String name,
            long fileBytes,
            long maxPixels,
            Supplier<Picture> read,
            Function<? super Picture, ? extends T> use) {
        try {
            return run(new Reservation(fileBytes, maxPixels, 0), () -> use.apply(read.get()));
        } catch (FoveaException | OutOfMemoryError failed) {
            if (!isOutOfMemory(failed)) throw failed;
        }
        free.acquireUninterruptibly(total);
        Reservation everything = new Reservation(fileBytes, maxPixels, total);
        try {
            return run(everything, () -> use.apply(read.get()));
        } catch (FoveaException | OutOfMemoryError failed) {
            if (!isOutOfMemory(failed)) throw failed;
            throw tooLarge(name, everything, failed);
        }
    }

    private <T> T run(Reservation reservation, ScopedValue.CallableOp<T, RuntimeException> work) {
        try {
            return ScopedValue.where(CURRENT, reservation).call(work);
        } finally {
            free.release(reservation.held);
        }
    }

    private static boolean isOutOfMemory(Throwable failed) {
        return failed instanceof OutOfMemoryError || failed.getCause() instanceof OutOfMemoryError;
    }

    private static FoveaException tooLarge(String name, Reservation reservation, Throwable cause) {
        String needs = reservation.pixels == 0
                ? " needs more memory than there is"
                : " has " + reservation.pixels + " pixels and needs some " + reservation.mebibytes()
                        + " MiB of memory to be read";
        return new PictureException(
                name + needs + ", of " + Runtime.getRuntime().maxMemory() / MIB
                        + " MiB that Java may use in all; raise -Xmx or scale it down",
                cause);
    }
}
