package dev.fovea.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Gives access to what can run full, so that tests can replace it. */
interface Disk {

    /** Writes to the real disk. */
    Disk REAL = new Disk() {};

    /** Returns how many bytes can still be written below a folder. */
    default long usableBytes(Path folder) throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    /** Returns the channel that takes the bytes of a file. */
    default WritableByteChannel writer(FileChannel file) {
        return file;
    }

    /** Opens a file for reading and writing, at its beginning. */
    static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
