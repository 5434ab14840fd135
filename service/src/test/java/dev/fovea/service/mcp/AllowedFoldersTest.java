package dev.fovea.service.mcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.service.error.HttpFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllowedFoldersTest {

    private static final byte[] CONTENT = {1, 2, 3};

    @TempDir
    Path folder;

    private Path root;
    private Path secret;

    @BeforeEach
    void makeFiles() throws IOException {
        root = Files.createDirectories(folder.toRealPath().resolve("photos"));
        Files.createDirectories(root.resolve("2020"));
        Files.write(root.resolve("2020/cat.png"), CONTENT);
        secret = Files.write(folder.toRealPath().resolve("secret.png"), CONTENT);
    }

    private AllowedFolders allowed() throws IOException {
        return new AllowedFolders(List.of(root));
    }

    private String refusal(String path) throws IOException {
        AllowedFolders allowed = allowed();
        return assertThrows(HttpFailure.class, () -> allowed.read(path, "image"))
                .getMessage();
    }

    @Test
    void filesBelowAnAllowedFolderAreRead() throws IOException {
        assertArrayEquals(CONTENT, allowed().read(root.resolve("2020/cat.png").toString(), "image"));
        assertArrayEquals(CONTENT, allowed().read("2020/cat.png", "image"));
        assertArrayEquals(CONTENT, allowed().read("./2020/./cat.png", "image"));
    }

    @Test
    void whatLiesOutsideIsRefusedWhetherItIsThereOrNot() throws IOException {
        for (Path outside : List.of(secret, folder.toRealPath().resolve("nothing.png"), Path.of("/etc/passwd"))) {
            assertEquals(
                    "image \"" + shown(outside) + "\" is outside of the allowed folders; name a file below " + root,
                    refusal(outside.toString()));
        }
        // A folder whose name begins as an allowed one's is another.
        Path alike = Files.createDirectories(folder.toRealPath().resolve("photos-of-others"));
        Files.write(alike.resolve("cat.png"), CONTENT);
        assertTrue(refusal(alike.resolve("cat.png").toString()).contains("is outside of the allowed folders"));
    }

    private static String shown(Path path) {
        String text = path.toString();
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }

    @Test
    void stepsUpAreRefusedWhereverTheyLead() throws IOException {
        for (String path : List.of("../secret.png", "2020/../2020/cat.png", root + "/2020/../../secret.png", "..")) {
            assertTrue(refusal(path).contains("has .. in it"), path);
        }
    }

    @Test
    void linksOutAreRefusedAndLinksWithinAreFollowed() throws IOException {
        Files.createSymbolicLink(root.resolve("link.png"), secret);
        Files.createSymbolicLink(root.resolve("out"), folder.toRealPath());
        Files.createSymbolicLink(root.resolve("twice.png"), root.resolve("link.png"));
        for (String path : List.of("link.png", "out/secret.png", "twice.png")) {
            assertTrue(refusal(path).contains("leads out of the allowed folders by a link"), path);
        }
        Files.createSymbolicLink(root.resolve("within.png"), root.resolve("2020/cat.png"));
        assertArrayEquals(CONTENT, allowed().read("within.png", "image"));
        Files.createSymbolicLink(root.resolve("circle.png"), root.resolve("circle.png"));
        assertTrue(refusal("circle.png").contains("cannot be read"));
        assertFalse(allowed().allows(root.resolve("link.png")));
        assertTrue(allowed().allows(root.resolve("within.png")));
        assertFalse(allowed().allows(root.resolve("gone.png")));
    }

    @Test
    void aRootThatIsALinkIsWhereItLeads() throws IOException {
        Path link = Files.createSymbolicLink(folder.toRealPath().resolve("my photos"), root);
        AllowedFolders allowed = new AllowedFolders(List.of(link));
        assertArrayEquals(CONTENT, allowed.read(link.resolve("2020/cat.png").toString(), "image"));
        assertArrayEquals(CONTENT, allowed.read(root.resolve("2020/cat.png").toString(), "image"));
        assertEquals(List.of(root), allowed.real());
    }

    @Test
    void addressesAndWhatIsNoFileAreRefused() throws IOException {
        for (String address : List.of(
                "http://localhost/cat.png",
                "HTTPS://example.com/a.png",
                root.resolve("2020/cat.png").toUri().toString(),
                "data:image/png;base64,AAAA",
                "jar:file:/x.jar!/a.png")) {
            assertTrue(refusal(address).contains("is an address; name a picture by the path of its file"), address);
        }
        assertEquals("image \"2020\" is no file; name a picture", refusal("2020"));
        assertEquals("image \"2020/dog.png\" is not there; check the path", refusal("2020/dog.png"));
        assertEquals("image is empty; name a picture by its path", refusal(" "));
        assertTrue(refusal("a\0b").contains("cannot be the path of a file"));
    }

    @Test
    void withoutFoldersNothingIsRead() throws IOException {
        AllowedFolders none = new AllowedFolders(List.of());
        String refusal = assertThrows(HttpFailure.class, () -> none.read(secret.toString(), "image"))
                .getMessage();
        assertEquals("no folder is allowed here; start the server with --root FOLDER to allow one", refusal);
    }

    @Test
    void theClientsFoldersComeAndGo() throws IOException {
        AllowedFolders allowed = new AllowedFolders(List.of(root));
        allowed.setOfClient(List.of(secret.getParent(), folder.resolve("nowhere"), secret));
        assertArrayEquals(CONTENT, allowed.read(secret.toString(), "image"));
        assertEquals(List.of(secret.getParent()), allowed.real(), "a folder within another is not searched twice");
        allowed.setOfClient(List.of());
        assertThrows(HttpFailure.class, () -> allowed.read(secret.toString(), "image"));
        assertArrayEquals(CONTENT, allowed.read("2020/cat.png", "image"));
    }
}
