package dev.fovea.models.image;

import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Bounds what whole pictures hold that are being decoded and shrunk at the same time. Every decoder says how many
 * pixels a picture has before it allocates them ({@link PictureSize#check}); there the picture waits until there is
 * memory for it. First come, first served, so a large picture is not overtaken for ever. Where the estimate was too low
 * and memory runs out all the same, the picture is tried once more when all others are done.
 */
final class DecodingMemory {
    /** Of the heap that Java may use; the rest is for models, results and whatever else the program does. */
    private static final double SHARE_OF_HEAP = 0.6;

    /**
     * What most formats hold at their worst while a picture is decoded, turned upright and made RGB: the pixels two or
     * three times.
     */
    private static final int BYTES_PER_PIXEL = 9;

    /** The file's bytes and the copies made while it is read. */
    private static final int COPIES_OF_FILE = 2;

    private static final int MIB = 1 << 20;

    /** The one of this JVM. */
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

    /** Waits, if this thread reads a picture under supervision, until there is memory for one of so many pixels. */
    static void await(long pixels) {
        if (CURRENT.isBound()) CURRENT.get().await(pixels);
    }

    /** What one picture has been given. */
    private final class Reservation {
        private final long fileBytes;
        private long pixels;
        private int held;

        Reservation(long fileBytes, int held) {
            this.fileBytes = fileBytes;
            this.held = held;
        }

        /** Whoever holds some already is not made to wait for more: two of these would wait for each other. */
        void await(long more) {
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
     * Reads a picture and makes something smaller of it.
     *
     * @param read reads it
     * @param fileBytes size of its file, 0 if that is not known
     * @param name what messages call it
     */
    <T> T run(Path name, long fileBytes, Function<Path, Picture> read, Function<? super Picture, ? extends T> use) {
        try {
            return run(new Reservation(fileBytes, 0), () -> use.apply(read.apply(name)));
        } catch (FoveaException | OutOfMemoryError failed) {
            if (!isOutOfMemory(failed)) throw failed;
        }
        free.acquireUninterruptibly(total);
        Reservation everything = new Reservation(fileBytes, total);
        try {
            return run(everything, () -> use.apply(read.apply(name)));
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

    private static FoveaException tooLarge(Path name, Reservation reservation, Throwable cause) {
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
