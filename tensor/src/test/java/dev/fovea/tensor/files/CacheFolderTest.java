package dev.fovea.tensor.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class CacheFolderTest {

    private static final Optional<Path> HOME = Optional.of(Path.of("/home/me"));

    @TempDir
    Path directory;

    private static String ofUser(String given, Map<String, String> environment, boolean windows, Optional<Path> home) {
        return CacheFolder.ofUser(given, environment, windows, home)
                .map(Path::toString)
                .orElse("none");
    }

    @Test
    void whatIsGivenGoesFirstThenTheEnvironmentThenTheHome() {
        Map<String, String> xdg = Map.of("XDG_CACHE_HOME", "/x", "LOCALAPPDATA", "/local");
        assertEquals("given", ofUser("given", xdg, false, HOME));
        assertEquals("/x/fovea", ofUser(null, xdg, false, HOME));
        assertEquals("/x/fovea", ofUser(null, xdg, true, HOME));
        assertEquals("/local/fovea", ofUser(null, Map.of("LOCALAPPDATA", "/local"), true, HOME));
        assertEquals("/home/me/.cache/fovea", ofUser(null, Map.of("LOCALAPPDATA", "/local"), false, HOME));
        assertEquals("/home/me/.cache/fovea", ofUser(null, Map.of("XDG_CACHE_HOME", "relative"), false, HOME));
        assertEquals("/home/me/.cache/fovea", ofUser(null, Map.of("XDG_CACHE_HOME", ""), false, HOME));
        assertEquals("none", ofUser(null, Map.of(), false, Optional.empty()));
    }

    @Test
    void theHomeIsThatOfTheEnvironmentAndNeverRelative() {
        assertEquals(Optional.of(Path.of("/h")), CacheFolder.home(Map.of("HOME", "/h"), false, "/home/me"));
        assertEquals(HOME, CacheFolder.home(Map.of("HOME", ""), false, "/home/me"));
        assertEquals(HOME, CacheFolder.home(Map.of("HOME", "here"), false, "/home/me"));
        assertEquals(HOME, CacheFolder.home(Map.of("HOME", "/h"), true, "/home/me"));
        assertEquals(Optional.empty(), CacheFolder.home(Map.of(), false, "?"));
        assertEquals(Optional.empty(), CacheFolder.home(Map.of(), false, null));
    }

    private Path folder(String name, String mode) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(name));
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
    }

    @Test
    void whatOthersMayWriteIsNotTrusted() throws IOException {
        assertTrue(CacheFolder.isTrusted(folder("mine", "rwx------")));
        assertTrue(CacheFolder.isTrusted(folder("readable", "rwxr-xr-x")));
        assertTrue(CacheFolder.isTrusted(folder("group", "rwxrwxr-x")));
        assertFalse(CacheFolder.isTrusted(folder("open", "rwxrwxrwx")));
        assertFalse(CacheFolder.isTrusted(folder("open/mine", "rwx------")));
        assertFalse(CacheFolder.isTrusted(directory.resolve("missing")));
        folder("sticky", "rwxrwxrwx");
        Files.setAttribute(directory.resolve("sticky"), "unix:mode", 01777);
        assertTrue(CacheFolder.isTrusted(folder("sticky/mine", "rwx------")));
        assertTrue(CacheFolder.isTrusted(Files.createSymbolicLink(directory.resolve("l"), directory.resolve("mine"))));
        assertFalse(CacheFolder.isTrusted(Files.createSymbolicLink(directory.resolve("k"), directory.resolve("open"))));
    }

    @Test
    void privateIsWhatNobodyElseMayEnter() throws IOException {
        assertTrue(CacheFolder.isPrivate(folder("mine", "rwx------")));
        assertFalse(CacheFolder.isPrivate(folder("readable", "rwxr-xr-x")));
        assertFalse(CacheFolder.isPrivate(folder("group", "rwx-w----")));
        assertFalse(CacheFolder.isPrivate(Files.createSymbolicLink(directory.resolve("l"), directory.resolve("mine"))));
        CacheFolder.create(directory.resolve("a/b"));
        assertTrue(CacheFolder.isPrivate(directory.resolve("a")));
        assertTrue(CacheFolder.isPrivate(directory.resolve("a/b")));
        CacheFolder.create(directory.resolve("a/b"));
    }

    @Test
    void whatBelongsToSomebodyElseIsNotOurs() throws IOException {
        Path folder = folder("mine", "rwx------");
        Path link = Files.createSymbolicLink(directory.resolve("l"), folder);
        assertTrue(CacheFolder.isOwn(folder));
        assertFalse(CacheFolder.isOwn(link));
        Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
        Files.setAttribute(link, "unix:uid", 12345, java.nio.file.LinkOption.NOFOLLOW_LINKS);
        assertFalse(CacheFolder.isTrusted(link));
        Files.setAttribute(folder, "unix:uid", 12345);
        assertFalse(CacheFolder.isOwn(folder));
        assertFalse(CacheFolder.isPrivate(folder));
        assertFalse(CacheFolder.isTrusted(folder));
        assertFalse(CacheFolder.isTrusted(folder("mine/below", "rwx------")));
        Files.setAttribute(folder, "unix:mode", 01777);
        assertFalse(CacheFolder.isTrusted(folder)); // its owner may rename what others put there
    }
}
