package dev.fovea.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Locks a file of the cache, so that one process, and one thread in it, fetches it while the others wait. The system
 * frees the lock of a killed process. The lock's file stays, as those of huggingface_hub do: whoever deleted it could
 * lock another file than someone who had just opened it.
 */
final class BlobLock implements AutoCloseable {

    /** One semaphore for each file: the system's locks belong to the process, so threads need another one. */
    private static final ConcurrentHashMap<Path, Semaphore> THREADS = new ConcurrentHashMap<>();

    private final Semaphore threads;
    private final FileChannel channel;

    private BlobLock(Semaphore threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /**
     * Takes the lock of a file, and waits until nobody else has it.
     *
     * @param waiting is called if somebody else has it
     */
    static BlobLock take(Path file, Runnable waiting) throws IOException {
        BlobLock free = tryTake(file);
        if (free != null) {
            return free;
        }
        waiting.run();
        Semaphore threads = threads(file);
        threads.acquireUninterruptibly();
        FileChannel channel = null;
        try {
            channel = open(file);
            channel.lock();
            return new BlobLock(threads, channel);
        } catch (IOException | RuntimeException e) {
            release(threads, channel);
            throw e;
        }
    }

    /** Takes the lock of a file if nobody has it, else returns null. */
    static BlobLock tryTake(Path file) throws IOException {
        Semaphore threads = threads(file);
        if (!threads.tryAcquire()) {
            return null;
        }
        FileChannel channel = null;
        try {
            channel = open(file);
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new BlobLock(threads, channel);
            }
            release(threads, channel);
            return null;
        } catch (IOException | RuntimeException e) {
            release(threads, channel);
            throw e;
        }
    }

    private static Semaphore threads(Path file) {
        return THREADS.computeIfAbsent(file.toAbsolutePath().normalize(), path -> new Semaphore(1));
    }

    private static FileChannel open(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static void release(Semaphore threads, FileChannel channel) throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            threads.release();
        }
    }

    @Override
    public void close() throws IOException {
        release(threads, channel);
    }
}
