package dev.fovea.studio.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of the page: a fixed map that is made when the studio starts, so that no path of a request reaches a disk.
 * While the page is being written, {@code -Dfovea.studio.page=FOLDER} reads them from a folder instead.
 */
public final class PageFiles {

    private static final String INDEX = "index.txt";

    /** {@code import {json} from '../core/api.js';}, which is read before the module that says so runs. */
    private static final Pattern IMPORT = Pattern.compile("(?m)^import [^;]*? from '([^']+)';");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "woff2", "font/woff2",
            "json", "application/json",
            "txt", "text/plain; charset=utf-8",
            "md", "text/plain; charset=utf-8");

    private final Map<String, byte[]> files;
    private final Path folder;

    private PageFiles(Map<String, byte[]> files, Path folder) {
        this.files = files;
        this.folder = folder;
    }

    /**
     * A file of the page.
     *
     * @param type of its content
     */
    record PageFile(String type, byte[] bytes) {}

    /**
     * Returns the files of a part of the jar, which its {@code index.txt} lists.
     *
     * @param part {@code page} or {@code lessons}
     */
    public static PageFiles ofJar(String part) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : names(resource(part, INDEX))) {
            files.put("/" + name, resource(part, name));
        }
        return new PageFiles(files, null);
    }

    private static List<String> names(byte[] index) {
        return new String(index, StandardCharsets.UTF_8)
                .lines()
                .filter(name -> !name.isBlank())
                .toList();
    }

    /** Returns the names of the files, in the order of {@code index.txt}. */
    public List<String> names() {
        return files == null
                ? names(read("/" + INDEX))
                : files.keySet().stream().map(name -> name.substring(1)).toList();
    }

    /**
     * Returns the header that lets a browser fetch the modules of the first page at once, rather than each where
     * another one names it: {@code </studio.css>; rel=preload; as=style, </app.js>; rel=modulepreload, ...}. The style
     * comes first, since nothing is painted without it. Modules that are imported when they are first shown are not
     * among them.
     */
    String preloads() {
        Stream<String> styles = names().stream()
                .filter(name -> name.endsWith(".css"))
                .map(name -> "</" + name + ">; rel=preload; as=style");
        Stream<String> modules = firstModules().stream().map(name -> "<" + name + ">; rel=modulepreload");
        return Stream.concat(styles, modules).collect(Collectors.joining(", "));
    }

    /** Returns the paths of {@code app.js} and of all that it imports, and what they import. */
    private Set<String> firstModules() {
        Set<String> modules = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of("/app.js"));
        while (!open.isEmpty()) {
            String module = open.poll();
            byte[] source = bytes(module);
            if (source != null && modules.add(module)) {
                IMPORT.matcher(new String(source, StandardCharsets.UTF_8))
                        .results()
                        .map(imported ->
                                URI.create(module).resolve(imported.group(1)).getPath())
                        .forEach(open::add);
            }
        }
        return modules;
    }

    /** Returns the content of a file, or null if there is none. */
    public byte[] bytes(String path) {
        return files != null ? files.get(path) : read(path);
    }

    /**
     * Returns the files of a folder, each read anew for every request.
     *
     * @throws IOException if there is no such folder
     */
    public static PageFiles ofFolder(Path folder) throws IOException {
        return new PageFiles(null, folder.toRealPath());
    }

    private static byte[] resource(String part, String name) {
        try (InputStream stream = PageFiles.class.getResourceAsStream("/dev/fovea/studio/" + part + "/" + name)) {
            if (stream == null) {
                throw new IllegalStateException("the studio's jar lacks " + part + "/" + name);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Finds the file of a path; {@code /} is {@code /index.html}. */
    Optional<PageFile> find(String path) {
        String name = path.equals("/") ? "/index.html" : path;
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        byte[] bytes = type == null ? null : bytes(name);
        return bytes == null ? Optional.empty() : Optional.of(new PageFile(type, bytes));
    }

    private byte[] read(String name) {
        try {
            Path file = folder.resolve(name.substring(1)).toRealPath();
            return file.startsWith(folder) && Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
        } catch (IOException | InvalidPathException absent) {
            return null;
        }
    }
}
