package dev.fovea.app;

import dev.fovea.models.json.JsonScanner;
import dev.fovea.models.json.JsonValue;
import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * A file of JSON lines that is its own record of what is done: a line is written in one piece when its work is done, a piece of a line at
 * the end, left by a process that died, is cut off, and whoever opens the file again knows which ids it holds. One process at a time.
 */
final class ResumableLines implements AutoCloseable {

    /** The field by which a run with another threshold is noticed. */
    static final String THRESHOLD = "threshold";

    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;
    private final Set<String> ids = new HashSet<>();

    private ResumableLines(Path file, FileChannel channel, FileLock lock) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Opens a file, new or begun.
     *
     * @param threshold what its lines were made with
     * @throws FoveaException if it is another kind of file, was begun with another threshold, or is being written by another process
     */
    static ResumableLines open(Path file, double threshold) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new FoveaException(
                        file + ": another process is writing to it; wait for it or choose another file");
            }
            ResumableLines lines = new ResumableLines(file, channel, lock);
            lines.readBack(threshold);
            return lines;
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

    private void readBack(double threshold) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (content.hasRemaining() && channel.read(content) >= 0) {}
        byte[] bytes = content.array();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                remember(new String(bytes, start, i - start, StandardCharsets.UTF_8), threshold);
                start = i + 1;
            }
        }
        channel.truncate(start);
        channel.position(start);
    }

    private void remember(String line, double threshold) {
        JsonValue object;
        try {
            object = JsonScanner.readObject(line, "it");
        } catch (FoveaException e) {
            object = JsonValue.MISSING;
        }
        if (!object.get("id").isText() || !object.get(THRESHOLD).isNumber()) {
            throw new FoveaException(
                    file + ": is there already and not the output of this command; choose another file");
        }
        double before = object.get(THRESHOLD).number(threshold);
        if (before != threshold) {
            throw new FoveaException(
                    file + ": was begun with --threshold " + before + "; use that to go on, or choose another file");
        }
        ids.add(object.get("id").text(""));
    }

    /** Whether there is a line with this id. */
    boolean has(String id) {
        return ids.contains(id);
    }

    /** Writes a line. */
    void append(String id, Json.Document line) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Json.write(bytes, line);
            ByteBuffer buffer = ByteBuffer.wrap(bytes.toByteArray());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ids.add(id);
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
