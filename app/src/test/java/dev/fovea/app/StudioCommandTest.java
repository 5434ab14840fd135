package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code studio}, as a process that is told to stop. */
@Timeout(60)
class StudioCommandTest {

    @Test
    void printsOneLineWithItsAddress() throws Exception {
        Process studio = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.fovea.app.Main",
                        "studio",
                        "--port",
                        "0",
                        "--no-browser")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = studio.inputReader()) {
            String line = out.readLine();
            assertTrue(line.matches("studio at http://127\\.0\\.0\\.1:\\d+/\\?token=[0-9a-f]{32}"), line);
            studio.toHandle().destroy(); // SIGTERM; Process.destroy would close the output, too
            assertEquals(143, studio.waitFor());
            assertEquals("", String.join("\n", out.readAllLines()));
        } finally {
            studio.destroyForcibly();
        }
    }

    @Test
    void whatCannotBeShownIsALine() throws Exception {
        Ran port = Ran.fovea("studio", "--port", "70000");
        assertEquals(2, port.exit());
        assertTrue(port.err().contains("--port must be 0 to 65535, found 70000"), port.err());
        Ran model = Ran.fovea("studio", "--port", "0", "--no-browser", "--model", "nowhere");
        assertEquals(1, model.exit());
        assertTrue(model.err().contains("nowhere: no such model"), model.err());
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Ran used = Ran.fovea("studio", "--no-browser", "--port", Integer.toString(taken.getLocalPort()));
            assertEquals(1, used.exit());
            assertTrue(used.err().contains("use another port, or 0 for any that is free"), used.err());
            assertEquals(1, used.err().lines().count(), used.err());
        }
    }
}
