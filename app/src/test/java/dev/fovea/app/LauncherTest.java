package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's own decisions, with pretended JDKs and a pretended Maven, so that they take milliseconds. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

    private static final Path PROJECT = Path.of("").toAbsolutePath().getParent();

    @TempDir
    Path directory;

    private Path root;
    private Path jdk25;
    private Path jdk17;
    private Path tools;
    private String path = "/usr/bin:/bin";

    record Outcome(int exit, String stdout, String stderr) {}

    @BeforeEach
    void layOut() throws IOException {
        root = directory.resolve("a project"); // the space is part of the test
        Files.createDirectories(root.resolve("scripts"));
        Files.createDirectories(root.resolve("app/src/main/java"));
        for (String file : List.of("fovea", "run-tests", "scripts/toolchain.sh", "scripts/Flock.java")) {
            Files.copy(PROJECT.resolve(file), root.resolve(file), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.writeString(root.resolve("app/src/main/java/A.java"), "class A {}");
        jdk25 = jdk("jdk 25", "25.0.1");
        jdk17 = jdk("jdk 17", "17.0.9");
        tools = directory.resolve("tools");
        script(tools.resolve("mvn"), """
                echo "$@ JAVA_HOME=$JAVA_HOME" >>"%s"
                case "$*" in *verify*) exit 0 ;; esac
                [ -e "%s" ] && { echo '[ERROR] A.java:[1,1] that is not Java'; exit 1; }
                mkdir "%s" || echo two >>"%s"
                sleep 0.1
                mkdir -p "%s/app/target/lib" && cd "%s/app/target"
                echo >fovea-app-0.jar && echo >lib/b.jar && echo >lib/fovea-kernels-opencl-0.jar && echo >lib/jocl-0.jar
                rmdir "%s"
                """.formatted(
                        directory.resolve("maven.calls"),
                        root.resolve("broken"),
                        directory.resolve("inside"),
                        directory.resolve("together"),
                        root,
                        root,
                        directory.resolve("inside")));
        age(root.resolve("pom.xml"), root.resolve("app/src/main/java/A.java"), root.resolve("app/src/main/java"));
        age(root.resolve("app/src/main"));
    }

    /** A JDK as far as the launcher can tell; its java prints which it is and its arguments after the main class. */
    private Path jdk(String name, String version) throws IOException {
        Path home = directory.resolve(name);
        script(home.resolve("bin/java"), """
                case "$*" in
                    *Rehearsal*) exit 0 ;;
                    *Flock.java*) exec "%s/bin/java" "$@" ;;
                esac
                echo "$@" >"%s"
                echo "java %s"
                while [ "$1" != dev.fovea.app.Main ]; do shift; done
                shift
                for argument; do echo "<$argument>"; done
                """.formatted(
                        System.getProperty("java.home"), directory.resolve("java.arguments"), version));
        script(home.resolve("bin/javac"), "");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static void script(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + body);
        assertTrue(file.toFile().setExecutable(true));
    }

    private static void age(Path... files) throws IOException {
        for (Path file : files) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
        }
    }

    private Process start(Path workingDirectory, Path javaHome, Path program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(workingDirectory.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeAll(List.of("JAVA_HOME", "FOVEA_DEBUG", "MAVEN_HOME", "M2_HOME"));
        environment.put("PATH", tools + ":" + path);
        environment.put("HOME", directory.toString());
        if (javaHome != null) {
            environment.put("JAVA_HOME", javaHome.toString());
        }
        return builder.start();
    }

    private Outcome finish(Process process) throws IOException, InterruptedException {
        String stdout = new String(process.getInputStream().readAllBytes());
        String stderr = new String(process.getErrorStream().readAllBytes());
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return new Outcome(process.exitValue(), stdout, stderr);
    }

    private Outcome fovea(Path javaHome, String... arguments) throws IOException, InterruptedException {
        return finish(start(directory, javaHome, root.resolve("fovea"), arguments));
    }

    private long builds() throws IOException {
        Path calls = directory.resolve("maven.calls");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    @Test
    void buildsOnceAndAgainOnlyWhenSourcesChanged() throws Exception {
        Outcome first = fovea(jdk25, "x");
        assertEquals("java 25.0.1\n<x>\n", first.stdout());
        assertEquals("building Fovea (first use)...\n", first.stderr());
        assertEquals(new Outcome(0, "java 25.0.1\n<x>\n", ""), fovea(jdk25, "x"));
        assertEquals(1, builds());

        Files.writeString(root.resolve("app/src/main/java/A.java"), "class A { int b; }");
        assertEquals("building Fovea (sources changed)...\n", fovea(jdk25).stderr());
        assertEquals(2, builds());

        Files.delete(root.resolve("app/src/main/java/A.java"));
        fovea(jdk25);
        fovea(jdk25);
        assertEquals(3, builds());
    }

    @Test
    void buildsWithTheJdkItFound() throws Exception {
        fovea(jdk25);
        assertTrue(Files.readString(directory.resolve("maven.calls")).endsWith("JAVA_HOME=" + jdk25 + "\n"));
    }

    @Test
    void aFailedBuildShowsWhyAndIsTriedAgain() throws Exception {
        Files.createFile(root.resolve("broken"));
        Outcome broken = fovea(jdk25);
        assertEquals(1, broken.exit());
        assertEquals("", broken.stdout());
        assertTrue(broken.stderr().contains("[ERROR] A.java:[1,1] that is not Java"), broken.stderr());
        assertTrue(broken.stderr().contains("fovea: the build failed; its whole log is "), broken.stderr());
        Files.delete(root.resolve("broken"));
        assertEquals(0, fovea(jdk25).exit());
    }

    @Test
    void twoFirstCallsBuildOnce() throws Exception {
        Process one = start(directory, jdk25, root.resolve("fovea"), "1");
        Process two = start(directory, jdk25, root.resolve("fovea"), "2");
        assertEquals("java 25.0.1\n<1>\n", finish(one).stdout());
        assertEquals("java 25.0.1\n<2>\n", finish(two).stdout());
        assertEquals(1, builds());
    }

    private void neverTwoAtOnce() {
        assertFalse(Files.exists(directory.resolve("together")), "two builds at once");
    }

    /** Starts so many calls at once, where a killed call was building, and finishes them. */
    private void buildTogether(int calls) throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            processes.add(start(directory, jdk25, root.resolve("fovea"), "x"));
        }
        for (Process process : processes) {
            assertEquals("java 25.0.1\n<x>\n", finish(process).stdout());
        }
        neverTwoAtOnce();
    }

    private void killWhileItBuilds() throws Exception {
        long before = builds();
        Process process = start(directory, jdk25, root.resolve("fovea"), "x");
        while (builds() == before) {
            Thread.sleep(5);
        }
        process.destroyForcibly().waitFor(); // Maven, which it started, goes on
    }

    @Test
    void ofManyCallsOneBuilds() throws Exception {
        for (int round = 1; round <= 5; round++) {
            Files.writeString(root.resolve("app/src/main/java/A.java"), "class A { int round = " + round + "; }");
            buildTogether(6);
            assertEquals(round, builds());
        }
    }

    @Test
    void aKilledBuilderIsWaitedForAndReplaced() throws Exception {
        for (int round = 1; round <= 3; round++) {
            Files.writeString(root.resolve("app/src/main/java/A.java"), "class A { int round = " + round + "; }");
            killWhileItBuilds();
            buildTogether(6);
            assertEquals(2 * round, builds());
        }
    }

    @Test
    void withoutFlockTheJvmLocks() throws Exception {
        Path bin = Files.createDirectory(directory.resolve("bin"));
        for (String command : List.of(
                "find", "head", "cat", "mkdir", "rmdir", "mv", "rm", "cp", "sleep", "readlink", "dirname", "grep")) {
            Path usual = Path.of("/usr/bin", command);
            script(bin.resolve(command), "exec " + (Files.exists(usual) ? usual : "/bin/" + command) + " \"$@\"");
        }
        path = bin.toString();
        killWhileItBuilds();
        buildTogether(3);
        assertEquals(2, builds());
    }

    @Test
    void whatEarlierVersionsLeftBehindHoldsNobodyUp() throws Exception {
        Files.createDirectories(root.resolve(".build/lock"));
        assertEquals(0, fovea(jdk25).exit());
        Files.writeString(
                root.resolve(".build/lock/pid"), ProcessHandle.current().pid() + "\n");
        Files.writeString(root.resolve("app/src/main/java/A.java"), "class A { int b; }");
        assertEquals(0, fovea(jdk25).exit());
    }

    @Test
    void openClIsOnTheClassPathOnlyWhereADeviceIsAskedFor() throws Exception {
        assertEquals(List.of("b.jar", "fovea-app-0.jar"), classPath("classify", "a.png", "cat"));
        List<String> all = List.of("b.jar", "fovea-app-0.jar", "fovea-kernels-opencl-0.jar", "jocl-0.jar");
        assertEquals(all, classPath("devices"));
        assertEquals(all, classPath("classify", "a.png", "cat", "--device", "opencl:1"));
        assertEquals(all, classPath("classify", "--device=opencl", "a.png", "cat"));
    }

    private List<String> classPath(String... arguments) throws Exception {
        fovea(jdk25, arguments);
        String given = Files.readString(directory.resolve("java.arguments"));
        String classPath = given.substring(given.indexOf("-cp ") + 4, given.indexOf(" dev.fovea.app.Main"));
        return Stream.of(classPath.split(":"))
                .map(jar -> jar.substring(jar.lastIndexOf('/') + 1))
                .toList();
    }

    @Test
    void argumentsArriveUntouched() throws Exception {
        Outcome outcome = fovea(jdk25, "two words", "", "*", "a'b\"c\\d", "$HOME", "-x");
        assertEquals("java 25.0.1\n<two words>\n<>\n<*>\n<a'b\"c\\d>\n<$HOME>\n<-x>\n", outcome.stdout());
    }

    @Test
    void worksThroughSymbolicLinks() throws Exception {
        Path inner = Files.createSymbolicLink(directory.resolve("inner"), Path.of("a project/fovea"));
        Path outer = Files.createSymbolicLink(directory.resolve("outer"), inner);
        assertEquals(
                "java 25.0.1\n<x>\n", finish(start(root, jdk25, outer, "x")).stdout());
    }

    @Test
    void prefersJavaHomeThenThePath() throws Exception {
        Path jdk26 = jdk("jdk 26", "26-ea");
        Files.createSymbolicLink(tools.resolve("java"), jdk26.resolve("bin/java"));
        assertTrue(fovea(jdk25).stdout().startsWith("java 25.0.1"));
        assertTrue(fovea(jdk17).stdout().startsWith("java 26-ea"));
        assertTrue(fovea(null).stdout().startsWith("java 26-ea"));
    }

    @Test
    void looksInTheUsualPlaces() throws Exception {
        Path home = directory.resolve(".sdkman/candidates/java/99");
        Files.createDirectories(home.getParent());
        Files.move(jdk("jdk 99", "99"), home);
        wantJdk(99); // newer than any that this machine may really have
        assertTrue(fovea(jdk17).stdout().startsWith("java 99"));
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        wantJdk(99);
        Files.createSymbolicLink(tools.resolve("java"), jdk25.resolve("bin/java"));
        Outcome outcome = fovea(jdk17);
        assertEquals(1, outcome.exit());
        assertEquals("", outcome.stdout());
        assertTrue(
                outcome.stderr()
                        .startsWith("fovea: needs a JDK 99 or newer and found none (JAVA_HOME=" + jdk17
                                + " is 17.0.9, java on the PATH is 25.0.1); install one"),
                outcome.stderr());
        assertEquals(1, outcome.stderr().lines().count());
    }

    @Test
    void theTestCommandUsesTheSameJdk() throws Exception {
        assertEquals(
                0,
                finish(start(directory, jdk25, root.resolve("run-tests"), "-pl", "tensor"))
                        .exit());
        assertEquals(
                "-B -ntp verify -pl tensor JAVA_HOME=" + jdk25 + "\n",
                Files.readString(directory.resolve("maven.calls")));
    }

    private void wantJdk(int version) throws IOException {
        Path toolchain = root.resolve("scripts/toolchain.sh");
        Files.writeString(toolchain, Files.readString(toolchain).replace("jdk_wanted=25", "jdk_wanted=" + version));
    }
}
