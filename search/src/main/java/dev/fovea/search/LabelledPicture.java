package dev.fovea.search;

import dev.fovea.tensor.FoveaException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Names a picture and the labels that are right for it, for {@link Tagger#calibrated}.
 *
 * @param labels none for a picture that shows nothing of the vocabulary
 */
public record LabelledPicture(Path file, Set<String> labels) {

    private static final String TAGS = "tags";

    /** Checks that nothing is null. */
    public LabelledPicture {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(labels, "labels is null");
    }

    /**
     * Reads a list of them: JSON lines such as {@code {"image": "a.jpg", "tags": ["sea", "dog"]}}, or CSV with the
     * columns {@code image} and {@code tags}, where semicolons stand between tags. Names of pictures are relative to
     * the file's folder.
     *
     * @throws FoveaException if the file cannot be read, or no picture in it has a tag
     */
    public static List<LabelledPicture> read(Path file) {
        Objects.requireNonNull(file, "file is null");
        List<LabelledPicture> pictures = new ArrayList<>();
        boolean tagged = false;
        for (Map.Entry<String, Map<String, List<String>>> entry :
                SideFields.read(file).byName().entrySet()) {
            Set<String> labels = new LinkedHashSet<>();
            for (String value : entry.getValue().getOrDefault(TAGS, List.of())) {
                for (String label : SideFields.isCsv(file) ? value.split(";") : new String[] {value}) {
                    if (!label.isBlank()) {
                        labels.add(label.strip());
                    }
                }
            }
            tagged |= !labels.isEmpty();
            pictures.add(new LabelledPicture(resolve(file, entry.getKey()), labels));
        }
        if (!tagged) {
            throw new FoveaException(file + ": no picture has a field tags; write what each picture shows there");
        }
        return pictures;
    }

    private static Path resolve(Path file, String name) {
        try {
            return file.toAbsolutePath().resolveSibling(name).normalize();
        } catch (InvalidPathException e) {
            throw new FoveaException(file + ": \"" + name + "\" cannot be the name of a file here", e);
        }
    }
}
