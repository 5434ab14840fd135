package dev.fovea.evaluation.data;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Says what to look for in a model's treatment of groups; every part may be absent.
 *
 * @param pictures with their groups, and for gaps in accuracy their classes
 * @param labels to choose from; where the file has none, the classes of the pictures
 * @param unwanted labels that are to be chosen for no picture
 * @param templates texts with {@code {}} where a label goes; none takes the labels as they are
 * @param queries neutral texts for which all groups should come alike
 * @param associations tests of nearness
 */
public record BiasFile(
        List<GroupedImage> pictures,
        List<String> labels,
        List<String> unwanted,
        List<String> templates,
        List<String> queries,
        List<AssociationProbe> associations) {

    /** Copies the lists. */
    public BiasFile {
        pictures = List.copyOf(Objects.requireNonNull(pictures, "pictures is null"));
        labels = List.copyOf(Objects.requireNonNull(labels, "labels is null"));
        unwanted = List.copyOf(Objects.requireNonNull(unwanted, "unwanted is null"));
        templates = List.copyOf(Objects.requireNonNull(templates, "templates is null"));
        queries = List.copyOf(Objects.requireNonNull(queries, "queries is null"));
        associations = List.copyOf(Objects.requireNonNull(associations, "associations is null"));
    }

    /**
     * Reads a JSON document with the fields {@code pictures} (a list of {@code image}, {@code group}, {@code label}),
     * {@code labels}, {@code unwanted}, {@code templates}, {@code queries} and {@code associations} (a list of {@code
     * name} and of {@code x}, {@code y}, {@code a}, {@code b}, each with {@code images} or {@code texts}). Names of
     * pictures are relative to the file.
     *
     * @throws FoveaException if the file cannot be read, a field is broken, or there is nothing to measure
     */
    public static BiasFile read(Path file) {
        Objects.requireNonNull(file, "file is null");
        JsonValue document = Documents.read(file);
        Path folder = file.getParent() == null ? Path.of("") : file.getParent();
        Row whole = new Row(file.toString(), folder, document);
        List<GroupedImage> pictures = new ArrayList<>();
        for (JsonValue item : document.get("pictures").items()) {
            Row row = new Row(file + ", pictures " + (pictures.size() + 1), folder, item);
            pictures.add(new GroupedImage(row.image(), row.words("group"), row.optional("label")));
        }
        List<AssociationProbe> associations = new ArrayList<>();
        for (JsonValue item : document.get("associations").items()) {
            String where = file + ", associations " + (associations.size() + 1);
            Row row = new Row(where, folder, item);
            associations.add(new AssociationProbe(
                    row.text("name"), members(row, "x"), members(row, "y"), members(row, "a"), members(row, "b")));
        }
        List<String> queries = list(whole, "queries");
        List<String> unwanted = list(whole, "unwanted");
        Set<String> labels = new LinkedHashSet<>(list(whole, "labels"));
        if (labels.isEmpty()) {
            pictures.forEach(picture -> picture.label().ifPresent(labels::add));
        }
        for (GroupedImage picture : pictures) {
            picture.label().filter(label -> !labels.contains(label)).ifPresent(label -> {
                throw new FoveaException(file + ": the label \"" + label + "\" of " + picture.image()
                        + " is not among labels; add it there");
            });
        }
        unwanted.stream().filter(labels::contains).findFirst().ifPresent(label -> {
            throw new FoveaException(file + ": \"" + label + "\" is both among labels and unwanted; leave one out");
        });
        boolean groups = !pictures.isEmpty() && (!labels.isEmpty() || !queries.isEmpty());
        if (!groups && associations.isEmpty()) {
            throw new FoveaException(
                    file + ": has nothing to measure; expected pictures with groups and labels, or associations");
        }
        return new BiasFile(pictures, List.copyOf(labels), unwanted, list(whole, "templates"), queries, associations);
    }

    private static List<String> list(Row row, String name) {
        return row.find(name).isMissing() ? List.of() : row.texts(name);
    }

    private static Members members(Row row, String side) {
        Row inner = new Row(row.where() + ", " + side, row.folder(), row.find(side));
        List<Path> images = list(inner, "images").stream().map(inner::resolve).toList();
        List<String> texts = list(inner, "texts");
        if (images.isEmpty() == texts.isEmpty()) {
            throw new FoveaException(inner.where() + ": expected either images or texts");
        }
        return new Members(images, texts);
    }

    /** Returns all pictures that are needed, each once. */
    public List<Path> images() {
        Set<Path> images = new LinkedHashSet<>();
        pictures.forEach(picture -> images.add(picture.image()));
        for (AssociationProbe test : associations) {
            for (Members side : List.of(test.x(), test.y(), test.a(), test.b())) {
                images.addAll(side.images());
            }
        }
        return List.copyOf(images);
    }
}
