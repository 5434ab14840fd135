package dev.fovea.app.files;

import dev.fovea.tensor.FoveaException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file that grows at its end while work continues, by one process at a time, and that can be opened again
 * where it was left. What a process that died left half-written at the end is for the caller to find and to {@linkplain
 * #truncate cut off}.
 */
public final class AppendedFile implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;

    private AppendedFile(Path file, FileChannel channel, FileLock lock) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Opens a file, new or begun.
     *
     * @throws FoveaException if it is a folder, lies in a folder that does not exist, or is being written by another
     *     process
     */
    public static AppendedFile open(Path file) {
        if (Files.isDirectory(file)) {
            throw new FoveaException(file + ": is a folder, expected a file to write to");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new FoveaException(file + ": its folder does not exist; make " + folder + " first");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new FoveaException(
                        file + ": another process is writing to it; wait for it or choose another file");
            }
            return new AppendedFile(file, channel, lock);
        } catch (IOException | RuntimeException e) {
            closeQuietly(channel);
            if (e instanceof IOException io) {
                throw new UncheckedIOException(io);
            }
            throw (RuntimeException) e;
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException held) {
            return null;
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException alreadyFailing) {
            // what failed before is what people need to know
        }
    }

    /** Reads a line that was written before. */
    @FunctionalInterface
    public interface LineReader {
        /**
         * Takes one line.
         *
         * @param line the bytes of the line without its end
         * @param end offset in the file right after the line's end
         */
        void read(byte[] line, long end);
    }

    public Path file() {
        return file;
    }

    public long size() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads all whole lines, one after the other; what follows the last line end does not count. */
    public void lines(LineReader reader) {
        try {
            channel.position(0);
            // Not closed: that would close the channel.
            InputStream bytes = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            long position = 0;
            for (int next = bytes.read(); next >= 0; next = bytes.read()) {
                position++;
                if (next == '\n') {
                    reader.read(line.toByteArray(), position);
                    line.reset();
                } else {
                    line.write(next);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Cuts the file off after this many bytes, where writing continues. */
    public void truncate(long size) {
        try {
            channel.truncate(size);
            channel.position(size);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes at the end. */
    public void append(byte[] bytes) {
        try {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes over bytes at the beginning. */
    public void overwriteStart(byte[] bytes) {
        try {
            ByteBuffer start = ByteBuffer.wrap(bytes);
            while (start.hasRemaining()) {
                channel.write(start, start.position());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hands what was written to the disk, so that it outlives a power failure. */
    public void sync() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try (channel;
                lock) {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
