package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes a file that is being downloaded. It always holds the beginning of the whole file, never with holes, so that
 * its length tells where to continue. The hash is computed while it is written.
 */
final class PartialFile implements AutoCloseable {

    private final Path path;
    private final FileChannel channel;
    private final WritableByteChannel writer;
    private final ContentHash hash;
    private long length;

    private PartialFile(Path path, FileChannel channel, Disk disk, ContentHash hash) {
        this.path = path;
        this.channel = channel;
        this.writer = disk.writer(channel);
        this.hash = hash;
    }

    /**
     * Opens the file that an earlier download left, or an empty one. A file that is longer than the whole is emptied,
     * since it is no part of it.
     */
    static PartialFile open(Path path, RemoteFile file, Disk disk) throws IOException {
        FileChannel channel = Disk.open(path);
        try {
            if (channel.size() > file.size()) {
                channel.truncate(0);
            }
            PartialFile partial = new PartialFile(path, channel, disk, new ContentHash(file));
            partial.readWhatIsThere();
            return partial;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void readWhatIsThere() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
        for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer.clear())) {
            hash.update(buffer.array(), 0, read);
            length += read;
        }
    }

    /** Returns how many bytes the file has. */
    long length() {
        return length;
    }

    /**
     * Appends bytes.
     *
     * @throws FoveaException if the disk does not take them; what it took stays
     */
    void write(byte[] bytes, int offset, int count) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, count);
        try {
            while (buffer.hasRemaining()) {
                writer.write(buffer);
            }
        } catch (IOException e) {
            throw new ModelException(
                    path.getParent() + ": cannot be written after " + length + " bytes (" + e.getMessage()
                            + "); free some space, or set HF_HOME to another disk, and run the same command again",
                    e);
        }
        hash.update(bytes, offset, count);
        length += count;
    }

    /** Returns whether the bytes are those that the hub named. May be called once, at the end. */
    boolean isRight() {
        return hash.isRight();
    }

    /** Moves the whole file to its place. */
    void publish(Path place) throws IOException {
        channel.force(true); // a name that survives a power cut must not refer to bytes that did not
        channel.close();
        Files.move(path, place, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes the file, because its content is wrong. */
    void discard() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
