package dev.fovea.models.files;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Makes a folder appear only when it is whole. It is filled beside its place under a temporary name, {@code
 * .NAME.WORK}, and moved there in one step. A lock tells whether another process is at work on the same folder.
 * What a killed process left is deleted by the next; what a living one is writing is left alone.
 */
public final class OutputFolder implements AutoCloseable {

    private final Path target;
    private final Path temporary;
    private final Path lockFile;
    private final FileChannel lockChannel;

    /**
     * Folders around the target that were made for it, the innermost first; they are deleted if the target is not
     * published.
     */
    private final List<Path> around;

    private boolean published;

    private OutputFolder(Path target, Path temporary, Path lockFile, FileChannel lockChannel, List<Path> around) {
        this.around = around;
        this.target = target;
        this.temporary = temporary;
        this.lockFile = lockFile;
        this.lockChannel = lockChannel;
    }

    /**
     * Makes an empty temporary folder.
     *
     * @param target where it is to appear: a path that does not exist, or an empty folder
     * @param work what the temporary folder's name ends with, such as {@code converting}
     * @throws FoveaException if there is something, another process is writing the same, or the place cannot be written
     */
    public static OutputFolder create(Path target, String work) {
        Path place = target.toAbsolutePath().normalize();
        requireFree(target, place);
        if (place.getFileName() == null) {
            throw new FoveaException(target + ": cannot be written to; name a new folder");
        }
        String name = "." + place.getFileName() + "." + work;
        Path temporary = place.resolveSibling(name);
        Path lockFile = place.resolveSibling(name + ".lock");
        try {
            List<Path> around = new ArrayList<>();
            for (Path outer = place.getParent(); outer != null && !Files.exists(outer); outer = outer.getParent()) {
                around.add(outer);
            }
            Files.createDirectories(place.getParent());
            FileChannel lock = lock(target, lockFile);
            OutputFolder folder = new OutputFolder(place, temporary, lockFile, lock, around);
            try {
                requireFree(target, place);
                deleteTree(temporary);
                Files.createDirectory(temporary);
                return folder;
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    /**
     * Checks early that a folder can be made, before the work that fills it.
     *
     * @throws FoveaException if there is something that is no empty folder
     */
    public static void requireFree(Path target) {
        requireFree(target, target.toAbsolutePath().normalize());
    }

    private static void requireFree(Path target, Path place) {
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> entries =
                Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS) ? Files.list(place) : Stream.of(place)) {
            if (entries.findAny().isPresent()) {
                throw new FoveaException(
                        target + ": is already there and not an empty folder; name another, or remove it first");
            }
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    /**
     * Takes the lock. Whoever holds it deletes its file at the end, so that one may lock a file that is already gone.
     * To notice that, text is written into the locked file and read again under its name.
     */
    private static FileChannel lock(Path target, Path file) throws IOException {
        while (true) {
            // In a folder that others may write to, the lock's name could be a link to somebody's file.
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            try {
                if (channel.tryLock() == null) {
                    throw new OverlappingFileLockException();
                }
                String mark = UUID.randomUUID().toString();
                channel.truncate(0).write(StandardCharsets.US_ASCII.encode(mark));
                if (Files.readString(file).equals(mark)) {
                    return channel;
                }
                channel.close();
            } catch (OverlappingFileLockException e) {
                channel.close();
                throw new FoveaException(target + ": is being written by another process; wait for it", e);
            } catch (NoSuchFileException deletedMeanwhile) {
                channel.close();
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }
    }

    /** Deletes what the temporary folder holds. */
    public void clear() throws IOException {
        deleteTree(temporary);
        Files.createDirectory(temporary);
    }

    /** Returns the temporary folder, to be filled. */
    public Path path() {
        return temporary;
    }

    /**
     * Moves the folder to its place.
     *
     * @throws FoveaException if that is not possible
     */
    public void publish() {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            published = true;
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    /** Deletes what has not been published. */
    @Override
    public void close() {
        try (lockChannel) {
            deleteTree(temporary);
            Files.deleteIfExists(lockFile);
            for (Path outer : published ? List.<Path>of() : around) {
                Files.deleteIfExists(outer);
            }
        } catch (DirectoryNotEmptyException somebodyElseUsesIt) {
            // then it stays
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Returns the complaint about a place that cannot be written. */
    public static FoveaException unwritable(Path target, IOException e) {
        return new FoveaException(
                target + ": cannot be written (" + WholeFile.reason(e)
                        + "); check the folder, its permissions and the free space",
                e);
    }
}
