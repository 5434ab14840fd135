package dev.fovea.tensor.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * Tells a file that was written to from one that was not, by its length and the time of its last change.
 *
 * @param key what the system calls the file itself, whatever its name; null where the system has no such thing
 */
record FileStamp(long size, FileTime changed, Object key) {

    static FileStamp of(Path path) throws IOException {
        BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileStamp(file.size(), file.lastModifiedTime(), file.fileKey());
    }

    /**
     * Returns whether somebody wrote to the file since. A file that was deleted, or replaced by another one of its
     * name, is mapped as it was: the mapping keeps it.
     */
    boolean isOutdated(Path path) {
        try {
            FileStamp now = of(path);
            boolean sameFile = key == null || key.equals(now.key);
            return sameFile && (size != now.size || !changed.equals(now.changed));
        } catch (IOException deleted) {
            return false;
        }
    }
}
