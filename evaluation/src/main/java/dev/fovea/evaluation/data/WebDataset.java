package dev.fovea.evaluation.data;

import dev.fovea.models.files.PictureFileNames;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.json.JsonValue;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Reads a WebDataset, a tar file in which the members of a sample follow each other: {@code 0001.jpg}, {@code
 * 0001.txt}, {@code 0001.json}. A sample is what has the same path up to the first dot of the last name. Its fields are
 * those of its {@code json}, and each text member under its ending ({@code txt}, {@code cls}, {@code caption}). The
 * file is read once, from the beginning, and nothing of it is held but texts.
 */
final class WebDataset {

    /** More than any text of a sample. */
    private static final int MOST_TEXT = 16 << 20;

    private final Path file;
    private final UnpackedPictures pictures;
    private final List<Row> rows = new ArrayList<>();
    private final List<Problem> problems;
    private String key = "";
    private Map<String, Object> fields = new LinkedHashMap<>();

    private WebDataset(Path file, UnpackedPictures pictures, List<Problem> problems) {
        this.file = file;
        this.pictures = pictures;
        this.problems = problems;
    }

    /**
     * Returns the samples that have a picture.
     *
     * @param pictures takes their pictures
     * @param problems receives samples without a picture in a format that is read
     */
    static List<Row> rows(Path file, UnpackedPictures pictures, List<Problem> problems) {
        WebDataset data = new WebDataset(file, pictures, problems);
        boolean zipped = !file.toString().toLowerCase(Locale.ROOT).endsWith(".tar");
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(zipped ? new GZIPInputStream(bytes, 1 << 16) : bytes)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.isFile()) {
                    data.member(entry, tar);
                }
            }
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "check that it is a whole tar file");
        }
        data.end();
        return data.rows;
    }

    private void member(TarArchiveEntry entry, InputStream content) throws IOException {
        String name = entry.getName();
        String last = name.substring(name.lastIndexOf('/') + 1);
        int dot = last.indexOf('.');
        if (dot <= 0) {
            return; // hidden files and those without an ending belong to no sample
        }
        String sample = name.substring(0, name.length() - last.length() + dot);
        String ending = last.substring(dot + 1).toLowerCase(Locale.ROOT);
        if (!sample.equals(key)) {
            end();
            key = sample;
        }
        if (PictureFileNames.isReadable(last)) {
            fields.put("image", pictures.add(name, content).toString());
            return;
        }
        if (!ending.matches("txt|cls|json|caption|label|text")) {
            return;
        }
        if (entry.getSize() > MOST_TEXT) {
            throw new FoveaException(file + ", " + name + ": has " + entry.getSize()
                    + " bytes; expected a text of at most " + MOST_TEXT);
        }
        byte[] bytes = content.readAllBytes();
        if (ending.equals("json")) {
            JsonValue json = Documents.read(bytes, file + ", " + name);
            json.fields().forEach(fields::putIfAbsent);
        } else {
            fields.put(ending, new String(bytes, StandardCharsets.UTF_8).strip());
        }
    }

    private void end() {
        String where = file + ", sample " + key;
        if (fields.containsKey("image")) {
            rows.add(new Row(where, Path.of(""), Documents.of(fields)));
        } else if (!key.isEmpty()) {
            problems.add(new Problem(
                    Path.of(key),
                    where + ": has no picture in a format that is read; JPEG, PNG and WebP are, for three"));
        }
        fields = new LinkedHashMap<>();
    }
}
