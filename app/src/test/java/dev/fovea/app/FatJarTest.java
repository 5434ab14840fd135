package dev.fovea.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backends;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One jar of many, as tools make them: of files with the same name in {@code META-INF/services} mostly one survives.
 */
class FatJarTest {

    private static final String SERVICES = "META-INF/services/dev.fovea.tensor.BackendProvider";
    private static final String CPU = "dev.fovea.kernels.cpu.CpuBackendProvider";
    private static final String OPENCL = "dev.fovea.kernels.opencl.OpenClBackendProvider";

    @TempDir
    Path directory;

    /** All of Fovea's classes in one jar, but those whose names begin so. */
    private URL jar(String services, String without) throws IOException {
        Path file = directory.resolve("all.jar");
        Set<String> there = new HashSet<>();
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file))) {
            for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
                if (!part.contains("tensor") && !part.contains("kernels")) {
                    continue;
                }
                if (Files.isDirectory(Path.of(part))) {
                    add(jar, Path.of(part), there, without);
                } else {
                    try (FileSystem files = FileSystems.newFileSystem(Path.of(part))) {
                        add(jar, files.getPath("/"), there, without);
                    }
                }
            }
            if (services != null) {
                jar.putNextEntry(new JarEntry(SERVICES));
                jar.write(services.getBytes());
            }
        }
        return file.toUri().toURL();
    }

    private static void add(JarOutputStream jar, Path root, Set<String> there, String without) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = root.relativize(file).toString();
                if (name.endsWith(".class") && !name.replace('/', '.').startsWith(without) && there.add(name)) {
                    jar.putNextEntry(new JarEntry(name));
                    Files.copy(file, jar);
                }
            }
        }
    }

    private Object call(URL jar, String method, Class<?>[] types, Object... arguments) throws Exception {
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(platform); // as in a common pool below a container
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar}, platform)) {
            return loader.loadClass(Backends.class.getName())
                    .getMethod(method, types)
                    .invoke(null, arguments);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private Object names(String services) throws Exception {
        return call(jar(services, "none"), "names", new Class<?>[0]);
    }

    @Test
    void whateverIsLeftOfTheServicesBothBackendsAreFound() throws Exception {
        List<String> both = List.of("cpu", "opencl", "reference");
        assertEquals(both, names(OPENCL));
        assertEquals(both, names(CPU));
        assertEquals(both, names(OPENCL + "\n" + CPU + "\n"));
        assertEquals(both, names(null));
        assertEquals(both, names("no.such.Provider\n" + CPU + "\nand no class name\n"));
    }

    @Test
    void aClassThatIsLeftOutIsNamed() throws Exception {
        URL jar = jar(CPU + "\n" + OPENCL, CPU);
        assertEquals(List.of("opencl", "reference"), call(jar, "names", new Class<?>[0]));
        InvocationTargetException error = assertThrows(
                InvocationTargetException.class,
                () -> call(jar, "open", new Class<?>[] {String.class, int.class}, "cpu", 1));
        String message = error.getCause().getMessage();
        assertTrue(message.startsWith("no backend \"cpu\" on the class path; found opencl, reference; add "), message);
        assertTrue(message.contains("keep the class " + CPU), message);
    }
}
