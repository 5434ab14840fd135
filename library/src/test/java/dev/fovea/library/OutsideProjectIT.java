package dev.fovea.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fovea.tensor.Backends;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds {@code examples/hello} as the project of a stranger, against the artifacts that this build made, and runs it
 * in all the ways in which Java programs are run. The local repository is one of its own: Fovea's artifacts laid out as
 * {@code mvn install} does, everything else linked from the user's repository, so that nothing is downloaded and
 * nothing of the user's is written.
 */
@DisabledOnOs(OS.WINDOWS)
class OutsideProjectIT {

    private static final String VERSION = System.getProperty("fovea.version");
    private static final Path PROJECT = Path.of("").toAbsolutePath().getParent();
    private static final String VECTORS = "--add-modules=jdk.incubator.vector";
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String PICTURE =
            PROJECT.resolve("examples/pictures/trumpet-boot-and-key.png").toString();

    @TempDir
    private static Path directory;

    private static Path hello;

    private record Outcome(int exit, String output) {}

    @BeforeAll
    static void build() throws Exception {
        Path repository = layOutRepository();
        hello = directory.resolve("hello");
        copyTree(PROJECT.resolve("examples/hello/src"), hello.resolve("src"));
        Files.copy(PROJECT.resolve("examples/hello/pom.xml"), hello.resolve("pom.xml"));
        Files.writeString(hello.resolve("src/main/java/module-info.java"), """
                module hello {
                    requires dev.fovea;
                    requires java.desktop;
                }
                """);
        String maven = Path.of(System.getProperty("fovea.maven"), "bin/mvn").toString();
        List<String> command =
                List.of(maven, "-B", "-q", "-o", "-f", hello.toString(), "-Dmaven.repo.local=" + repository, "package");
        Outcome built = run(command);
        assertEquals(0, built.exit, built.output);
    }

    private static List<String> onClassPath() {
        return List.of(
                "-cp", hello.resolve("target/hello-1.jar") + ":" + hello.resolve("target/lib") + "/*", "hello.Hello");
    }

    private static void assertRuns(Outcome outcome) {
        assertEquals(0, outcome.exit, outcome.output);
        assertTrue(outcome.output.contains("%  a cat"), outcome.output);
        assertTrue(outcome.output.contains("file and image: 1.00"), outcome.output);
        assertTrue(outcome.output.contains("Detection[label=trumpet"), outcome.output);
        assertTrue(Files.exists(directory.resolve("found.png")));
    }

    @Test
    void runsOnTheClassPath() throws Exception {
        assertRuns(java(List.of(VECTORS, NATIVE), onClassPath()));
    }

    /** Modules say themselves what they need, so no flag does. */
    @Test
    void runsOnTheModulePathWithoutFlags() throws Exception {
        String path = hello.resolve("target/hello-1.jar") + ":" + hello.resolve("target/lib");
        Outcome outcome = java(List.of(), List.of("-p", path, "-m", "hello/hello.Hello"));
        assertRuns(outcome);
        assertFalse(outcome.output.contains("plain loops"), outcome.output);
    }

    /** Of files with the same name a tool keeps one unless it is told to merge them, so whole services are missing. */
    @Test
    void runsAsOneJarWithoutMergedServices() throws Exception {
        Path all = directory.resolve("all.jar");
        Set<String> there = new HashSet<>();
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(all))) {
            for (Path jar : jars()) {
                try (JarFile in = new JarFile(jar.toFile())) {
                    for (JarEntry entry : in.stream().toList()) {
                        if (!entry.isDirectory()
                                && !entry.getName().endsWith("module-info.class")
                                && there.add(entry.getName())) {
                            out.putNextEntry(new JarEntry(entry.getName()));
                            in.getInputStream(entry).transferTo(out);
                        }
                    }
                }
            }
        }
        assertRuns(java(List.of(VECTORS, NATIVE), List.of("-cp", all.toString(), "hello.Hello")));
    }

    /** Jars inside a jar, as Spring Boot's Maven plugin lays them out. */
    @Test
    void runsInASpringBootJar() throws Exception {
        Path boot = directory.resolve("boot.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(Attributes.Name.MAIN_CLASS, "org.springframework.boot.loader.launch.JarLauncher");
        manifest.getMainAttributes().putValue("Start-Class", "hello.Hello");
        manifest.getMainAttributes().putValue("Spring-Boot-Classes", "BOOT-INF/classes/");
        manifest.getMainAttributes().putValue("Spring-Boot-Lib", "BOOT-INF/lib/");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(boot), manifest)) {
            unpack(loader(), "", out);
            for (String folder : List.of("BOOT-INF/", "BOOT-INF/classes/", "BOOT-INF/lib/")) {
                out.putNextEntry(new JarEntry(folder));
            }
            unpack(hello.resolve("target/hello-1.jar"), "BOOT-INF/classes/", out);
            for (Path jar : jars()) {
                if (!jar.getFileName().toString().startsWith("hello")) {
                    store(Files.readAllBytes(jar), "BOOT-INF/lib/" + jar.getFileName(), out);
                }
            }
        }
        assertRuns(java(List.of(VECTORS, NATIVE), List.of("-jar", boot.toString())));
    }

    private static Path loader() {
        return Stream.of(System.getProperty("java.class.path").split(":"))
                .filter(part -> part.contains("spring-boot-loader"))
                .map(Path::of)
                .findFirst()
                .orElseThrow();
    }

    private static void unpack(Path jar, String prefix, JarOutputStream out) throws IOException {
        try (JarFile in = new JarFile(jar.toFile())) {
            for (JarEntry entry : in.stream().toList()) {
                if (!entry.isDirectory() && !entry.getName().startsWith("META-INF/MANIFEST")) {
                    out.putNextEntry(new JarEntry(prefix + entry.getName()));
                    try (InputStream content = in.getInputStream(entry)) {
                        content.transferTo(out);
                    }
                }
            }
        }
    }

    private static void store(byte[] content, String name, JarOutputStream out) throws IOException {
        JarEntry entry = new JarEntry(name);
        entry.setMethod(JarEntry.STORED);
        entry.setSize(content.length);
        CRC32 sum = new CRC32();
        sum.update(content);
        entry.setCrc(sum.getValue());
        out.putNextEntry(entry);
        out.write(content);
    }

    /** Without machine code the Vector API is missed. */
    @Test
    void saysWhatIsMissingWithoutTheVectorModule() throws Exception {
        Outcome outcome = java(List.of(NATIVE, "-Dfovea.cpu.machine=none"), onClassPath());
        assertRuns(outcome);
        assertTrue(outcome.output.contains("--add-modules"), outcome.output);
    }

    /** Where there is machine code for the processor, nothing is missed without any flag. */
    @Test
    void runsOnTheClassPathWithoutFlags() throws Exception {
        assumeTrue(
                Backends.devices().stream().anyMatch(device -> device.platform().contains("in machine code")),
                "no machine code for this processor");
        Outcome outcome = java(List.of(), onClassPath());
        assertRuns(outcome);
        assertFalse(outcome.output.contains("plain loops"), outcome.output);
    }

    @Test
    void saysWhatIsMissingWhereNativeAccessIsDenied() throws Exception {
        Outcome outcome = java(List.of(VECTORS, "--illegal-native-access=deny"), onClassPath());
        assertEquals(1, outcome.exit, outcome.output);
        assertTrue(outcome.output.contains("start Java with --enable-native-access=ALL-UNNAMED"), outcome.output);
    }

    @Test
    void refusesKernelsOfAnotherVersion() throws Exception {
        Path lib = directory.resolve("lib-of-two-versions");
        copyTree(hello.resolve("target/lib"), lib);
        String name = "fovea-kernels-cpu-" + VERSION + ".jar";
        Files.delete(lib.resolve(name));
        try (JarFile in = new JarFile(hello.resolve("target/lib").resolve(name).toFile())) {
            Manifest manifest = in.getManifest();
            manifest.getMainAttributes().putValue("Implementation-Version", "9.9");
            try (OutputStream file = Files.newOutputStream(lib.resolve("fovea-kernels-cpu-9.9.jar"));
                    JarOutputStream out = new JarOutputStream(file, manifest)) {
                for (JarEntry entry : in.stream().toList()) {
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        in.getInputStream(entry).transferTo(out);
                    }
                }
            }
        }
        Outcome outcome = java(
                List.of(VECTORS, NATIVE),
                List.of("-cp", hello.resolve("target/hello-1.jar") + ":" + lib + "/*", "hello.Hello"));
        assertEquals(1, outcome.exit, outcome.output);
        assertTrue(
                outcome.output.contains("dev.fovea.kernels.cpu is version 9.9 and dev.fovea.tensor " + VERSION + "; "),
                outcome.output);
    }

    @Test
    void bringsNoNativeLibrary() throws IOException {
        for (Path jar : jars()) {
            try (JarFile in = new JarFile(jar.toFile())) {
                List<String> natives = in.stream()
                        .map(JarEntry::getName)
                        .filter(name -> name.matches(".*\\.(so|dll|dylib|jnilib)"))
                        .toList();
                assertEquals(List.of(), natives, jar.toString());
            }
        }
    }

    /** Of the project and of everything that it needs. */
    private static List<Path> jars() throws IOException {
        List<Path> jars = new ArrayList<>(List.of(hello.resolve("target/hello-1.jar")));
        try (Stream<Path> lib = Files.list(hello.resolve("target/lib"))) {
            jars.addAll(lib.sorted().toList());
        }
        return jars;
    }

    private static Path layOutRepository() throws IOException {
        Path repository = Files.createDirectories(directory.resolve("repository"));
        Path users = Path.of(System.getProperty("fovea.repository"));
        link(users, repository, "dev");
        link(users.resolve("dev"), repository.resolve("dev"), "fovea");
        install(repository, "fovea-parent", PROJECT.resolve("pom.xml"), null);
        install(repository, "fovea-bom", PROJECT.resolve("bom/pom.xml"), null);
        for (String module : List.of(
                "tensor",
                "kernels-cpu",
                "models",
                "hub",
                "library",
                "mini-models",
                "mini-models/clip-mini",
                "mini-models/blip-mini",
                "mini-models/florence-mini")) {
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

    private static Outcome java(List<String> flags, List<String> program) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(flags);
        command.addAll(program);
        command.add(PICTURE);
        return run(command);
    }

    private static Outcome run(List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true);
        builder.directory(directory.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment()
                .keySet()
                .removeAll(List.of("MAVEN_OPTS", "MAVEN_ARGS", "MAVEN_PROJECTBASEDIR", "JDK_JAVA_OPTIONS"));
        Path output = Files.createTempFile(directory, "output", "");
        Process process = builder.redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(180, TimeUnit.SECONDS), command::toString);
        return new Outcome(process.exitValue(), Files.readString(output));
    }
}
