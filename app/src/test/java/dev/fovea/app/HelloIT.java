package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds and runs {@code examples/hello} against the artifacts that this build made, from a local repository of its own: fovea's
 * artifacts laid out as {@code mvn install} does, everything else linked from the user's repository, so that nothing is downloaded
 * and nothing of the user's is written.
 */
@DisabledOnOs(OS.WINDOWS)
class HelloIT {

    private static final String VERSION = System.getProperty("fovea.version");
    private static final Path PROJECT = Path.of("").toAbsolutePath().getParent();

    @TempDir
    Path directory;

    @Test
    void theExampleRunsOnInstalledArtifacts() throws Exception {
        Path repository = layOutRepository();
        Path hello = directory.resolve("hello");
        copyTree(PROJECT.resolve("examples/hello/src"), hello.resolve("src"));
        Files.copy(PROJECT.resolve("examples/hello/pom.xml"), hello.resolve("pom.xml"));
        String maven = Path.of(System.getProperty("fovea.maven"), "bin/mvn").toString();
        run(List.of(maven, "-B", "-q", "-o", "-f", hello.toString(), "-Dmaven.repo.local=" + repository, "package"));

        Path picture = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x00FF00);
        Path model = TinyClip.write(directory.resolve("model"));
        String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        String output = run(List.of(
                java,
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                hello.resolve("target/hello-1.jar") + ":" + hello.resolve("target/lib") + "/*",
                "hello.Hello",
                picture.toString(),
                model.toString()));
        assertTrue(output.contains("%  a cat"), output);
        assertTrue(output.contains("picture and stream: 1.000"), output);
        assertNoNativeLibrary(hello.resolve("target/lib"));
    }

    private static void assertNoNativeLibrary(Path lib) throws IOException {
        try (Stream<Path> jars = Files.list(lib)) {
            for (Path jar : jars.toList()) {
                try (ZipFile zip = new ZipFile(jar.toFile())) {
                    List<String> natives = zip.stream()
                            .map(entry -> entry.getName())
                            .filter(name -> name.matches(".*\\.(so|dll|dylib|jnilib)"))
                            .toList();
                    assertEquals(List.of(), natives, jar.toString());
                }
            }
        }
    }

    private Path layOutRepository() throws IOException {
        Path repository = Files.createDirectories(directory.resolve("repository"));
        Path users = Path.of(System.getProperty("fovea.repository"));
        link(users, repository, "dev");
        link(users.resolve("dev"), repository.resolve("dev"), "fovea");
        install(repository, "fovea-parent", PROJECT.resolve("pom.xml"), null);
        for (String module :
                List.of("tensor", "kernels-cpu", "models", "hub", "library", "mini-models", "mini-models/clip-mini")) {
            Path folder = PROJECT.resolve(module);
            String artifact = module.equals("library") ? "fovea" : "fovea-" + folder.getFileName();
            Path jar = folder.resolve("target/" + artifact + "-" + VERSION + ".jar");
            install(repository, artifact, folder.resolve("pom.xml"), jar);
        }
        return repository;
    }

    /** Links all children of one folder into another but one, which is ours to fill. */
    private static void link(Path from, Path to, String butNot) throws IOException {
        Files.createDirectories(to);
        if (Files.isDirectory(from)) {
            try (Stream<Path> children = Files.list(from)) {
                for (Path child : children.toList()) {
                    if (!child.getFileName().toString().equals(butNot)) {
                        Files.createSymbolicLink(to.resolve(child.getFileName()), child);
                    }
                }
            }
        }
    }

    private static void install(Path repository, String artifact, Path pom, Path jar) throws IOException {
        Path folder = Files.createDirectories(
                repository.resolve("dev/fovea").resolve(artifact).resolve(VERSION));
        Files.copy(pom, folder.resolve(artifact + "-" + VERSION + ".pom"));
        if (jar != null) {
            Files.copy(jar, folder.resolve(artifact + "-" + VERSION + ".jar"));
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
    }

    private String run(List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeAll(List.of("MAVEN_OPTS", "MAVEN_ARGS", "MAVEN_PROJECTBASEDIR"));
        Path output = Files.createTempFile(directory, "output", "");
        Process process = builder.redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(180, TimeUnit.SECONDS), command::toString);
        assertEquals(0, process.exitValue(), Files.readString(output));
        return Files.readString(output);
    }
}
