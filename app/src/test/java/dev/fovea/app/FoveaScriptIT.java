package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real launcher on the real jars, as a user calls it. Only Maven is left out: it is running already. */
@DisabledOnOs(OS.WINDOWS)
class FoveaScriptIT {

    @TempDir
    static Path directory;

    private static Path root;
    private static Path model;
    private static String firstStderr;

    private record Outcome(int exit, String stdout, String stderr) {}

    @BeforeAll
    static void layOut() throws Exception {
        Path module = Path.of("").toAbsolutePath();
        root = directory.resolve("a project");
        copy(module.resolveSibling("fovea"), root.resolve("fovea"));
        for (String script : List.of("scripts/toolchain.sh", "scripts/Flock.java")) {
            copy(module.resolveSibling(script), root.resolve(script));
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        try (Stream<Path> jars = Files.list(module.resolve("target/lib"))) {
            for (Path jar : jars.toList()) {
                copy(jar, root.resolve("app/target/lib").resolve(jar.getFileName()));
            }
        }
        String jar = "fovea-app-" + System.getProperty("fovea.version") + ".jar";
        copy(module.resolve("target").resolve(jar), root.resolve("app/target").resolve(jar));
        Path maven = directory.resolve("tools/mvn");
        Files.createDirectories(maven.getParent());
        Files.writeString(maven, "#!/bin/sh\n");
        assertTrue(maven.toFile().setExecutable(true));
        model = TinyClip.write(directory.resolve("model"));
        ClassifyCommandTest.picture(directory.resolve("my pictures/blue one.png"), 0x0000FF);

        Outcome first = fovea("--version");
        assertEquals(0, first.exit, first.stderr);
        firstStderr = first.stderr;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
    }

    private static Outcome fovea(String... arguments) throws Exception {
        String[] command = Stream.concat(Stream.of(root.resolve("fovea").toString()), Stream.of(arguments))
                .toArray(String[]::new);
        return run(Map.of(), command);
    }

    private static Outcome run(Map<String, String> environment, String... command) throws Exception {
        Path out = Files.createTempFile(directory, "out", "");
        Path err = Files.createTempFile(directory, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.resolve("my pictures").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeAll(List.of("FOVEA_DEBUG", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PATH", directory.resolve("tools") + ":" + System.getenv("PATH"));
        builder.environment().put("ROOT", root.toString());
        builder.environment().put("MODEL", model.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Test
    void buildsSilentlyButForOneLine() throws Exception {
        assertEquals("building Fovea (first use)...\n", firstStderr);
        assertEquals(new Outcome(0, "fovea " + System.getProperty("fovea.version") + "\n", ""), fovea("--version"));
    }

    @Test
    void answersFromAnyFolderWithNothingElseOnEitherStream() throws Exception {
        Outcome outcome = fovea("classify", "--json", "--model", model.toString(), "blue one.png", "a cat", "a dog");
        assertEquals(0, outcome.exit, outcome.stderr);
        assertEquals("", outcome.stderr);
        assertEquals(
                "blue one.png",
                new ObjectMapper().readTree(outcome.stdout).get("image").asText());
        assertEquals(1, outcome.stdout.lines().count());
    }

    @Test
    void oneLineWhenItFails() throws Exception {
        Outcome outcome = fovea("classify", "--model", model.toString(), "no such.png", "a cat");
        assertEquals(1, outcome.exit);
        assertEquals("", outcome.stdout);
        assertEquals(1, outcome.stderr.lines().count(), outcome.stderr);
        assertTrue(outcome.stderr.startsWith("fovea: no such.png"), outcome.stderr);
        assertEquals(2, fovea("classify").exit);
    }

    @Test
    void severalCallsMayWriteTheirErrorsToOneFile() throws Exception {
        String call = "\"$ROOT/fovea\" classify --model \"$MODEL\" ";
        String calls = "{ " + call + "first.png a; echo between >&2; " + call + "second.png a; } 2>errors; cat errors";
        List<String> lines = run(Map.of(), "sh", "-c", calls).stdout.lines().toList();
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(lines.get(0).startsWith("fovea: first.png"), lines.get(0));
        assertEquals("between", lines.get(1));
        assertTrue(lines.get(2).startsWith("fovea: second.png"), lines.get(2));
        assertEquals(1, run(Map.of(), "sh", "-c", call + "first.png a 2>&-").exit);
    }

    @Test
    void anOlderJavaHomeDoesNotMatter() throws Exception {
        Path old = directory.resolve("jdk 17");
        Files.createDirectories(old.resolve("bin"));
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.9\"\n");
        String path = directory.resolve("tools") + ":" + System.getProperty("java.home") + "/bin:/usr/bin:/bin";
        Outcome outcome = run(
                Map.of("JAVA_HOME", old.toString(), "PATH", path),
                root.resolve("fovea").toString(),
                "--version");
        assertEquals(0, outcome.exit, outcome.stderr);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LC_ALL=C",
                "LC_ALL=xx_YY.UTF-8",
                "LC_CTYPE=xx_YY.UTF-8",
                "LANG=xx_YY.UTF-8",
                "LC_TIME=xx_YY.UTF-8"
            })
    void lettersBeyondAsciiSurviveLocalesThatAreNotThere(String setting) throws Exception {
        Path named = directory.resolve("my pictures/größer 猫.png");
        if (!Files.exists(named)) {
            Files.copy(directory.resolve("my pictures/blue one.png"), named);
        }
        Outcome outcome = run(
                Map.of(),
                "env",
                "-u",
                "LC_ALL",
                setting,
                root.resolve("fovea").toString(),
                "classify",
                "--model",
                model.toString(),
                named.getFileName().toString(),
                "größer 猫");
        assertEquals("100.0%\tgrößer 猫\n", outcome.stdout, outcome.stderr);
    }

    @Test
    void aReaderThatStopsIsNoFailure() throws Exception {
        String embed = "\"$ROOT/fovea\" embed --json --model \"$MODEL\" $(seq -f '--text=t%g' 3000)";
        Outcome outcome = run(Map.of(), "sh", "-c", "{ " + embed + "; echo $? >status; } | head -c 10; cat status");
        assertEquals("", outcome.stderr);
        assertEquals("{\"model\":\"0\n", outcome.stdout);
    }

    @Test
    void aBrokenCacheCostsNothingButTime() throws Exception {
        try (Stream<Path> files = Files.list(root.resolve(".build"))) {
            for (Path cache :
                    files.filter(file -> file.toString().endsWith(".aot")).toList()) {
                byte[] content = Files.readAllBytes(cache);
                Files.write(cache, "not a cache".getBytes());
                assertEquals("", fovea("--version").stderr);
                Files.write(cache, java.util.Arrays.copyOf(content, content.length / 2));
                assertEquals("", fovea("--version").stderr);
                Files.write(cache, content);
            }
        }
    }

    @Test
    void aJvmThatCannotStartSaysWhy() throws Exception {
        Outcome outcome =
                run(Map.of("JAVA_TOOL_OPTIONS", "-Xmx1k"), root.resolve("fovea").toString(), "--version");
        assertEquals(1, outcome.exit);
        assertTrue(outcome.stdout.contains("Too small maximum heap"), outcome.stdout + outcome.stderr);
    }
}
