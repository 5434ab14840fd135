package dev.fovea.studio.figures;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the sources and pages of documentation that the jar carries, as the project lays them out. */
final class JarSources {

    private static final String ROOT = "/dev/fovea/studio/sources/";

    /** The path of the file of each class, by the name of the class. */
    private final Map<String, String> files = new HashMap<>();

    JarSources() {
        URL docs = JarSources.class.getResource(ROOT + "docs/studio.md");
        if (docs == null) {
            throw new IllegalStateException("the studio's jar lacks its sources");
        }
        try {
            URI uri = docs.toURI();
            if (uri.getScheme().equals("file")) {
                list(Path.of(uri).getParent().getParent());
            } else {
                listInside(uri);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private void listInside(URI uri) throws IOException {
        try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
            list(jar.getPath(ROOT));
        } catch (FileSystemAlreadyExistsException open) {
            list(FileSystems.getFileSystem(uri).getPath(ROOT));
        }
    }

    private void list(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            all.map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(file -> file.endsWith(".java"))
                    .forEach(file -> files.put(
                            file.substring(file.lastIndexOf('/') + 1, file.length() - ".java".length()), file));
        }
    }

    /** Returns the path of the file of a class. */
    Optional<String> fileOf(String className) {
        return Optional.ofNullable(files.get(className));
    }

    /** Returns the lines of a file, which must be one that the jar carries. */
    Optional<List<String>> lines(String file) {
        if (!file.matches("docs/[a-z0-9-]+\\.md") && !files.containsValue(file)) {
            return Optional.empty();
        }
        try (InputStream stream = JarSources.class.getResourceAsStream(ROOT + file)) {
            return stream == null
                    ? Optional.empty()
                    : Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
