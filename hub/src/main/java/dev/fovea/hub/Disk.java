package dev.fovea.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What can run full. */
interface Disk {

    /** The disk of a path. */
    Disk REAL = new Disk() {};

    /** Bytes that can still be written below a folder. */
    default long usableBytes(Path folder) throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    /** Where the bytes of a file go. */
    default WritableByteChannel writer(FileChannel file) {
        return file;
    }

    /** Opens a file for reading and writing, at its beginning. */
    static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
