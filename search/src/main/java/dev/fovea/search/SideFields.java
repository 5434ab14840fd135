package dev.fovea.search;

import dev.fovea.models.files.CsvLines;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what a file says about pictures: JSON lines such as {@code {"image": "a.jpg", "year": 2020, "tags": ["sea"]}},
 * or CSV with a header and commas or semicolons. The field {@code image}, {@code path}, {@code file} or {@code name}
 * names the picture, in CSV the first column if there is none of these. The name may be absolute, or relative to an
 * indexed folder, to the file's own folder or to the working directory.
 */
public final class SideFields {

    /** Says nothing about any picture. */
    public static final SideFields NONE = new SideFields(null, Map.of());

    static final List<String> KEYS = List.of("image", "path", "file", "name");

    private final Path file;
    private final Map<String, Map<String, List<String>>> byName;
    private final Set<String> used = new HashSet<>();

    private SideFields(Path file, Map<String, Map<String, List<String>>> byName) {
        this.file = file;
        this.byName = byName;
    }

    /**
     * Reads a file.
     *
     * @param file UTF-8, named {@code .jsonl}, {@code .ndjson}, {@code .json} or {@code .csv}
     * @throws FoveaException if it cannot be read; the message names the line
     */
    public static SideFields read(Path file) {
        Objects.requireNonNull(file, "file is null");
        String name = file.toString().toLowerCase(Locale.ROOT);
        boolean csv = isCsv(file);
        if (!csv && !name.endsWith(".jsonl") && !name.endsWith(".ndjson") && !name.endsWith(".json")) {
            throw new FoveaException(file + ": fields are read from files that end in .jsonl or .csv");
        }
        try {
            String text = Files.readString(file).replace("\uFEFF", "");
            return new SideFields(file, csv ? csv(file, text) : jsonLines(file, text));
        } catch (CharacterCodingException e) {
            throw new FoveaException(file + ": not UTF-8 text; save it as UTF-8", e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "check the path and its permissions");
        }
    }

    /** Returns whether a file is read as CSV. */
    static boolean isCsv(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".csv");
    }

    private static Map<String, Map<String, List<String>>> jsonLines(Path file, String text) {
        Map<String, Map<String, List<String>>> byName = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            String where = file + ", line " + number;
            JsonValue object = JsonReader.readObject(line, where);
            String key = KEYS.stream()
                    .filter(candidate -> object.get(candidate).isText())
                    .findFirst()
                    .orElseThrow(() -> new FoveaException(where + ": names no picture; give it a field image"));
            put(byName, object.get(key).text(""), fields(object, key), where);
        }
        return byName;
    }

    /** Returns the values of the fields of an object but one. */
    static Map<String, List<String>> fields(JsonValue object, String key) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        object.fields().forEach((field, value) -> {
            if (!field.equals(key)) {
                add(fields, field, value);
            }
        });
        return fields;
    }

    /** Adds the values of a field; a list has several, and of objects with a {@code label} the label counts. */
    private static void add(Map<String, List<String>> fields, String name, JsonValue value) {
        if (value.isArray()) {
            value.items().forEach(item -> add(fields, name, item));
        } else if (value.isObject() && value.get("label").isText()) {
            add(fields, name, value.get("label"));
        } else if (value.isObject()) {
            value.fields().forEach((inner, item) -> add(fields, name + "." + inner, item));
        } else if (!value.isMissing()) {
            String text = value.isText() ? value.text("") : value.toString();
            fields.computeIfAbsent(name, key -> new ArrayList<>()).add(text);
        }
    }

    /** Adds what a line says about a picture; a second line about it would take the place of the first. */
    private static void put(
            Map<String, Map<String, List<String>>> byName,
            String picture,
            Map<String, List<String>> fields,
            String where) {
        if (byName.putIfAbsent(picture, fields) != null) {
            throw new FoveaException(where + ": \"" + picture + "\" is on a line before; say all of a picture on one");
        }
    }

    private static Map<String, Map<String, List<String>>> csv(Path file, String text) {
        Map<String, Map<String, List<String>>> byName = new LinkedHashMap<>();
        List<CsvLines.Row> rows = CsvLines.read(text, file);
        if (rows.isEmpty()) {
            throw new FoveaException(file + ": is empty; expected a line with the names of the columns");
        }
        List<String> header = rows.getFirst().values();
        for (String column : header) {
            if (Collections.frequency(header, column) > 1) {
                throw new FoveaException(file + ", line " + rows.getFirst().line() + ": names the column \"" + column
                        + "\" twice; give each a name of its own");
            }
        }
        int key = KEYS.stream()
                .mapToInt(header::indexOf)
                .filter(column -> column >= 0)
                .findFirst()
                .orElse(0);
        for (CsvLines.Row row : rows.subList(1, rows.size())) {
            if (row.values().size() != header.size()) {
                throw new FoveaException(file + ", line " + row.line() + ": has "
                        + row.values().size() + " values, expected " + header.size()
                        + " as in the first line; a text with a separator in it stands between quotes");
            }
            Map<String, List<String>> fields = new LinkedHashMap<>();
            for (int column = 0; column < header.size(); column++) {
                if (column != key && !row.values().get(column).isEmpty()) {
                    fields.put(header.get(column), List.of(row.values().get(column)));
                }
            }
            put(byName, row.values().get(key), fields, file + ", line " + row.line());
        }
        return byName;
    }

    /**
     * Returns what the file says about a picture, empty if nothing.
     *
     * @param picture absolute
     * @param folders those that are indexed, absolute
     */
    Optional<Map<String, List<String>>> find(Path picture, List<Path> folders) {
        if (byName.isEmpty()) {
            return Optional.empty();
        }
        List<Path> bases = new ArrayList<>(folders);
        bases.add(file.toAbsolutePath().normalize().getParent());
        bases.add(Path.of("").toAbsolutePath());
        return bases.stream()
                .filter(picture::startsWith)
                .map(base -> base.relativize(picture).toString())
                .map(this::named)
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> named(picture.toString()));
    }

    private Optional<Map<String, List<String>>> named(String name) {
        for (String written : List.of(name, "./" + name)) {
            if (byName.containsKey(written)) {
                used.add(written);
                return Optional.of(byName.get(written));
            }
        }
        return Optional.empty();
    }

    /** Returns the fields of each picture by its name, in the order of the file. */
    Map<String, Map<String, List<String>>> byName() {
        return byName;
    }

    /** Returns how many pictures the file speaks of that were in none of the indexed folders. */
    public int unused() {
        return byName.size() - used.size();
    }
}
