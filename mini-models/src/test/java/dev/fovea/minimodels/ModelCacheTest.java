package dev.fovea.minimodels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ModelCacheTest {

    @TempDir
    Path directory;

    private JarURLConnection jar(String file, String weights) throws IOException {
        Path path = directory.resolve(file);
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(path))) {
            for (String name : List.of("m/config.json", "m/sub/weights", "other/config.json")) {
                jar.putNextEntry(new ZipEntry(name));
                jar.write((name.endsWith("weights") ? weights : "{}").getBytes());
                jar.closeEntry();
            }
        }
        return (JarURLConnection)
                URI.create("jar:" + path.toUri() + "!/m/config.json").toURL().openConnection();
    }

    private ModelCache cache() {
        return new ModelCache(List.of(directory.resolve("cache")));
    }

    @Test
    void unpacksTheFolderAndNothingElse() throws IOException {
        Path folder = cache().unpack("m", jar("a.jar", "12345"));
        assertEquals("12345", Files.readString(folder.resolve("sub/weights")));
        assertEquals("{}", Files.readString(folder.resolve("config.json")));
        assertEquals(List.of(folder), children(directory.resolve("cache")));
    }

    @Test
    void whatIsSharedGoesToEveryoneThatSharesIt() throws IOException {
        Path packed = directory.resolve("packed");
        for (String file : List.of("NOTICE", "shared/vision", "one/config", "two/config")) {
            Files.createDirectories(packed.resolve(file).getParent());
            Files.writeString(packed.resolve(file), file);
        }
        Path folder = cache().unpack("m", packed);
        assertEquals("shared/vision", Files.readString(folder.resolve("one/vision")));
        assertEquals("shared/vision", Files.readString(folder.resolve("two/vision")));
        assertEquals("two/config", Files.readString(folder.resolve("two/config")));
        assertFalse(Files.exists(folder.resolve("shared")));
        Files.delete(folder.resolve("two/vision"));
        assertEquals(folder, cache().unpack("m", packed));
        assertEquals("shared/vision", Files.readString(folder.resolve("two/vision")));
    }

    @Test
    void unpacksOnce() throws IOException {
        Path folder = cache().unpack("m", jar("a.jar", "12345"));
        FileTime old = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(folder.resolve("sub/weights"), old);
        assertEquals(folder, cache().unpack("m", jar("a.jar", "12345")));
        assertEquals(old, Files.getLastModifiedTime(folder.resolve("sub/weights")));
    }

    @Test
    void anotherVersionHasAnotherFolder() throws IOException {
        Path one = cache().unpack("m", jar("a.jar", "12345"));
        Path two = cache().unpack("m", jar("b.jar", "12346"));
        assertNotEquals(one, two);
        assertEquals("12345", Files.readString(one.resolve("sub/weights")));
    }

    @Test
    void mendsADamagedFolder() throws IOException {
        Path folder = cache().unpack("m", jar("a.jar", "12345"));
        Files.writeString(folder.resolve("sub/weights"), "1");
        assertEquals(folder, cache().unpack("m", jar("a.jar", "12345")));
        assertEquals("12345", Files.readString(folder.resolve("sub/weights")));
    }

    @Test
    void manyAtOnceAllGetTheWholeFolder() throws Exception {
        jar("a.jar", "12345");
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(() -> {
                    URI uri = URI.create("jar:" + directory.resolve("a.jar").toUri() + "!/m/config.json");
                    Path folder =
                            cache().unpack("m", (JarURLConnection) uri.toURL().openConnection());
                    return Files.readString(folder.resolve("sub/weights"));
                });
            }
            for (Future<String> weights : threads.invokeAll(calls)) {
                assertEquals("12345", weights.get());
            }
        }
        assertEquals(1, children(directory.resolve("cache")).size());
    }

    @Test
    void fallsBackWhenTheFirstPlaceCannotBeWritten() throws IOException {
        Path file = Files.createFile(directory.resolve("not-a-folder"));
        Path second = directory.resolve("second");
        Path folder = new ModelCache(List.of(file.resolve("x"), second)).unpack("m", jar("a.jar", "12345"));
        assertTrue(folder.startsWith(second));
        IOException error = assertThrows(
                IOException.class, () -> new ModelCache(List.of(file.resolve("x"))).unpack("m", jar("a.jar", "1")));
        assertTrue(error.getMessage().contains("not-a-folder"), error.getMessage());
    }

    /** Other bytes of the same length, and the time that the file had. */
    private static void plant(Path file, String content) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        Files.writeString(file, content);
        Files.setLastModifiedTime(file, time);
    }

    @Test
    void bytesThatAreNotThePackedOnesAreReplaced() throws IOException {
        Path folder = cache().unpack("m", jar("a.jar", "12345"));
        plant(folder.resolve("sub/weights"), "54321");
        assertEquals(folder, cache().unpack("m", jar("a.jar", "12345")));
        assertEquals("12345", Files.readString(folder.resolve("sub/weights")));
        Files.delete(folder.resolve(".verified")); // as an earlier version left it
        cache().unpack("m", jar("a.jar", "12345"));
        assertTrue(Files.exists(folder.resolve(".verified")));
        Files.delete(folder.resolve("sub/weights"));
        Files.createSymbolicLink(folder.resolve("sub/weights"), Files.writeString(directory.resolve("w"), "54321"));
        cache().unpack("m", jar("a.jar", "12345"));
        assertEquals("12345", Files.readString(folder.resolve("sub/weights")));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aStampIsWorthNothingWhereOthersMayEnter() throws IOException {
        Path folder = cache().unpack("m", jar("a.jar", "12345"));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        plant(folder.resolve("sub/weights"), "54321");
        Files.writeString(folder.resolve(".verified"), ModelCache.state(folder, List.of("config.json", "sub/weights")));
        // Nobody but this user can have done that; where others may enter they could.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        cache().unpack("m", jar("a.jar", "12345"));
        assertEquals("12345", Files.readString(folder.resolve("sub/weights")));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatOthersCouldHavePutThereIsNotUsed() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path second = directory.resolve("second");
        Path folder = new ModelCache(List.of(open, second)).unpack("m", jar("a.jar", "12345"));
        assertTrue(folder.startsWith(second), folder.toString());
        IOException error =
                assertThrows(IOException.class, () -> new ModelCache(List.of(open)).unpack("m", jar("a.jar", "12345")));
        assertTrue(error.getMessage().contains("others may write there"), error.getMessage());

        Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
        Files.setAttribute(folder, "unix:uid", 12345);
        Path third = directory.resolve("third");
        assertTrue(new ModelCache(List.of(second, third))
                .unpack("m", jar("a.jar", "12345"))
                .startsWith(third));
        error = assertThrows(
                IOException.class, () -> new ModelCache(List.of(second)).unpack("m", jar("a.jar", "12345")));
        assertTrue(error.getMessage().contains("belongs to somebody else"), error.getMessage());
        assertTrue(Files.exists(folder));
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        }
    }
}
