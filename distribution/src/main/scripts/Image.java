import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** Links an image of the JDK and Fovea's modules that needs no JDK to run: {@code Image MODULES OUT}. */
final class Image {

    /** The models are found as services, which the linker does not follow by itself. */
    private static final List<String> ROOTS = List.of(
            "dev.fovea.app",
            "dev.fovea.kernels.cpu",
            "dev.fovea.minimodels.blip",
            "dev.fovea.minimodels.clip",
            "dev.fovea.minimodels.florence");

    /**
     * What jlink writes waits for Java, and a signal that stops the launcher, as Docker and process managers send it,
     * stops nothing; it breaks at a space in the path, too. This one becomes Java.
     */
    private static final String LAUNCHER = """
            #!/bin/sh
            exec "$(dirname "$0")/java" -m dev.fovea.app/dev.fovea.app.Main "$@"
            """;

    private Image() {}

    public static void main(String[] arguments) throws IOException {
        Path out = Path.of(arguments[1]);
        if (Files.exists(out)) {
            try (Stream<Path> old = Files.walk(out)) {
                for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        int code = ToolProvider.findFirst("jlink")
                .orElseThrow(() -> new IOException("no jlink; use a JDK that has it"))
                .run(
                        System.out,
                        System.err,
                        "--module-path=" + arguments[0],
                        "--add-modules=" + String.join(",", ROOTS),
                        "--launcher=fovea=dev.fovea.app/dev.fovea.app.Main",
                        "--add-options=-Djava.awt.headless=true"
                                + " --enable-native-access=dev.fovea.tensor,dev.fovea.kernels.cpu,"
                                + "org.apache.lucene.core",
                        "--strip-debug",
                        "--no-header-files",
                        "--no-man-pages",
                        "--output=" + out);
        Path launcher = out.resolve("bin/fovea");
        if (code == 0 && Files.exists(launcher)) {
            Files.writeString(launcher, LAUNCHER);
        }
        System.exit(code);
    }
}
