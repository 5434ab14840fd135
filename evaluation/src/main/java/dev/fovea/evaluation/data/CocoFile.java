package dev.fovea.evaluation.data;

import dev.fovea.evaluation.metrics.Box;
import dev.fovea.evaluation.metrics.CocoDetection;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Holds a data set in COCO's format: pictures, categories and what was marked.
 *
 * @param file it was read from
 * @param images the file of each picture by its id, in the order of the data set
 * @param categories the name of each category by its id; empty for captions
 * @param truths the boxes; empty for captions
 * @param captions the captions of each picture by its id; empty for boxes
 */
public record CocoFile(
        Path file,
        Map<Long, Path> images,
        Map<Long, String> categories,
        List<CocoDetection.Truth> truths,
        Map<Long, List<String>> captions) {

    /** Checks that nothing is null. */
    public CocoFile {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(images, "images is null");
        Objects.requireNonNull(categories, "categories is null");
        truths = List.copyOf(Objects.requireNonNull(truths, "truths is null"));
        Objects.requireNonNull(captions, "captions is null");
    }

    /**
     * Reads a data set.
     *
     * @param folder of the pictures
     * @throws FoveaException if the file cannot be read, an id is there twice, or an annotation names a picture or a
     *     category that there is not; the message names the annotation
     */
    public static CocoFile read(Path file, Path folder) {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(folder, "folder is null");
        return of(file, folder, Documents.read(file));
    }

    static CocoFile of(Path file, Path folder, JsonValue document) {
        Map<Long, Path> images = new LinkedHashMap<>();
        for (Row row : rows(file, folder, document, "images")) {
            if (images.put(id(row, "id"), row.resolve(row.text("file_name"))) != null) {
                throw new FoveaException(row.where() + ": the id " + id(row, "id") + " is there twice");
            }
        }
        Map<Long, String> categories = new LinkedHashMap<>();
        for (Row row : rows(file, folder, document, "categories")) {
            if (categories.put(id(row, "id"), row.text("name")) != null) {
                throw new FoveaException(row.where() + ": the id " + id(row, "id") + " is there twice");
            }
        }
        List<CocoDetection.Truth> truths = new ArrayList<>();
        Map<Long, List<String>> captions = new LinkedHashMap<>();
        for (Row row : rows(file, folder, document, "annotations")) {
            long image = id(row, "image_id");
            require(row, "picture", image, images);
            Optional<String> caption = row.optional("caption");
            if (caption.isPresent()) {
                captions.computeIfAbsent(image, key -> new ArrayList<>()).add(caption.get());
                continue;
            }
            long category = id(row, "category_id");
            require(row, "category", category, categories);
            Box box = row.cocoBox();
            JsonValue crowd = row.find("iscrowd");
            truths.add(new CocoDetection.Truth(
                    image,
                    category,
                    box,
                    row.find("area").number(box.area()),
                    crowd.flag(false) || crowd.integer(0) != 0));
        }
        if (images.isEmpty() || truths.isEmpty() && captions.isEmpty()) {
            throw new FoveaException(file + ": holds no " + (images.isEmpty() ? "images" : "annotations")
                    + "; expected a COCO data set");
        }
        return new CocoFile(file, images, categories, truths, captions);
    }

    /**
     * Reads what a model found, as COCO's results have it: a list of {@code image_id}, {@code category_id}, {@code
     * bbox} and {@code score}.
     *
     * @throws FoveaException if the file cannot be read, or a result names a picture or a category that there is not
     */
    public List<CocoDetection.Prediction> predictions(Path results) {
        Objects.requireNonNull(results, "results is null");
        JsonValue document = Documents.read(results);
        if (!document.isArray()) {
            throw new FoveaException(results + ": is no list; expected COCO's results, [{\"image_id\", \"category_id\","
                    + " \"bbox\", \"score\"}, ...]");
        }
        List<CocoDetection.Prediction> predictions = new ArrayList<>();
        for (JsonValue item : document.items()) {
            Row row = new Row(results + ", item " + (predictions.size() + 1), Path.of(""), item);
            long image = id(row, "image_id");
            require(row, "picture", image, images);
            long category = id(row, "category_id");
            require(row, "category", category, categories);
            double score = row.find("score").number(Double.NaN);
            if (!Double.isFinite(score)) {
                throw new FoveaException(row.where() + ": has no score that is a number; AP orders boxes by it");
            }
            predictions.add(new CocoDetection.Prediction(image, category, row.cocoBox(), score));
        }
        return predictions;
    }

    /** Returns the captions as examples for retrieval and captioning, pictures without one left out. */
    public List<CaptionedImage> captioned() {
        return captions.entrySet().stream()
                .map(picture -> new CaptionedImage(images.get(picture.getKey()), picture.getValue(), Optional.empty()))
                .toList();
    }

    private static List<Row> rows(Path file, Path folder, JsonValue document, String list) {
        List<Row> rows = new ArrayList<>();
        for (JsonValue item : document.get(list).items()) {
            rows.add(new Row(file + ", " + list + " " + (rows.size() + 1), folder, item));
        }
        return rows;
    }

    private static long id(Row row, String name) {
        double id = row.find(name).number(Double.NaN);
        if (id != Math.rint(id)) {
            throw new FoveaException(row.where() + ": has no field " + name + " that is a whole number");
        }
        return (long) id;
    }

    private static void require(Row row, String what, long id, Map<Long, ?> known) {
        if (!known.containsKey(id)) {
            throw new FoveaException(row.where() + ": there is no " + what + " " + id + " in the data set");
        }
    }
}
