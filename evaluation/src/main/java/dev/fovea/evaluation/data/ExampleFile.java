package dev.fovea.evaluation.data;

import dev.fovea.models.files.CsvLines;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.files.FileErrors;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads examples from a file as people have it: JSON lines ({@code .jsonl}), a JSON list ({@code .json}), CSV ({@code
 * .csv} with commas or, as Excel writes it in many countries, semicolons, or {@code .tsv} with tabs) with the names of
 * its columns in the first line, or a WebDataset ({@code .tar}, {@code .tar.gz}); captions also from COCO's format,
 * classes also from a folder with a sub-folder for each.
 *
 * <p>The pictures of a WebDataset are unpacked into a temporary folder, one after the other, which is deleted by {@link
 * #close}.
 */
public final class ExampleFile implements AutoCloseable {

    private final Path file;
    private final List<Row> rows;
    private final List<Problem> problems = new ArrayList<>();
    /** A data set of captions in COCO's format, null for other files. */
    private final CocoFile coco;

    /** Where a WebDataset's pictures lie, null for other files. */
    private final UnpackedPictures unpacked;

    private ExampleFile(Path file, List<Row> rows, CocoFile coco, UnpackedPictures unpacked) {
        this.file = file;
        this.rows = rows;
        this.coco = coco;
        this.unpacked = unpacked;
    }

    /**
     * Opens a file, whose names of pictures are relative to the folder that it lies in, or a folder.
     *
     * @throws FoveaException if it cannot be read, holds nothing, or a line of it is broken; the message names the line
     */
    public static ExampleFile open(Path file) {
        Objects.requireNonNull(file, "file is null");
        Path folder = file.getParent();
        return open(file, folder == null ? Path.of("") : folder);
    }

    /**
     * Opens a file or a folder.
     *
     * @param pictures the folder that names of pictures are relative to; of a folder or a WebDataset it does not count
     * @throws FoveaException if it cannot be read, holds nothing, or a line of it is broken; the message names the line
     */
    public static ExampleFile open(Path file, Path pictures) {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(pictures, "pictures is null");
        if (Files.isDirectory(file)) {
            return new ExampleFile(file, List.of(), null, null);
        }
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".tar") || name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
            return unpack(file);
        }
        if (name.endsWith(".csv") || name.endsWith(".tsv")) {
            return of(file, csv(file, pictures, name.endsWith(".tsv")));
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return of(file, lines(file, pictures));
        }
        if (name.endsWith(".json")) {
            JsonValue document = Documents.read(file);
            return document.isObject()
                    ? new ExampleFile(file, List.of(), CocoFile.of(file, pictures, document), null)
                    : of(file, list(file, pictures, document));
        }
        throw new FoveaException(file + (Files.exists(file) ? "" : ": no such file")
                + ": expected a folder, or a name that ends in .jsonl, .json, .csv, .tsv, .tar or .tar.gz");
    }

    private static ExampleFile of(Path file, List<Row> rows) {
        return new ExampleFile(file, orFail(file, rows), null, null);
    }

    private static ExampleFile unpack(Path file) {
        UnpackedPictures pictures = UnpackedPictures.make();
        try {
            List<Problem> problems = new ArrayList<>();
            List<Row> rows = orFail(file, WebDataset.rows(file, pictures, problems));
            ExampleFile data = new ExampleFile(file, rows, null, pictures);
            data.problems.addAll(problems);
            return data;
        } catch (RuntimeException e) {
            pictures.close();
            throw e;
        }
    }

    private static List<Row> orFail(Path file, List<Row> rows) {
        if (rows.isEmpty()) {
            throw new FoveaException(file + ": holds no examples; write one a line");
        }
        return rows;
    }

    private static List<Row> lines(Path file, Path pictures) {
        List<Row> rows = new ArrayList<>();
        int number = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                String where = file + ", line " + number;
                String text = number == 1 ? line.replace("\uFEFF", "") : line;
                if (!text.isBlank()) {
                    rows.add(new Row(where, pictures, object(text, where)));
                }
            }
        } catch (CharacterCodingException e) {
            throw notText(file, e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "check the path and its permissions");
        }
        return rows;
    }

    private static FoveaException notText(Path file, IOException e) {
        return new FoveaException(file + ": not UTF-8 text; save it as UTF-8", e);
    }

    /** Reads one line, whose mistakes are the user's own, not those of a download. */
    private static JsonValue object(String text, String where) {
        JsonValue value = JsonReader.document(
                text.getBytes(StandardCharsets.UTF_8),
                reason -> new FoveaException(
                        where + ": not valid JSON: " + reason.replace(" in line 1", "") + "; correct the line"));
        if (!value.isObject()) {
            throw new FoveaException(
                    where + ": is no JSON object; expected fields such as {\"image\": \"a.jpg\", ...}");
        }
        return value;
    }

    private static List<Row> list(Path file, Path pictures, JsonValue document) {
        List<Row> rows = new ArrayList<>();
        for (JsonValue item : document.items()) {
            rows.add(new Row(file + ", item " + (rows.size() + 1), pictures, item));
        }
        return rows;
    }

    private static List<Row> csv(Path file, Path pictures, boolean hasTabs) {
        String text;
        try {
            text = Files.readString(file).replace("\uFEFF", "");
        } catch (CharacterCodingException e) {
            throw notText(file, e);
        } catch (IOException e) {
            throw FileErrors.cannotRead(file, e, "check the path and its permissions");
        }
        List<CsvLines.Row> lines = hasTabs ? CsvLines.read(text, file, '\t') : CsvLines.read(text, file);
        List<Row> rows = new ArrayList<>();
        for (CsvLines.Row line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            List<String> header = lines.getFirst().values();
            String where = file + ", line " + line.line();
            if (line.values().size() != header.size()) {
                throw new FoveaException(where + ": has " + line.values().size() + " values, expected " + header.size()
                        + " as in the first line; a text with a separator in it stands between quotes");
            }
            Map<String, Object> fields = new LinkedHashMap<>();
            for (int column = 0; column < header.size(); column++) {
                fields.put(header.get(column), line.values().get(column));
            }
            rows.add(new Row(where, pictures, Documents.of(fields)));
        }
        return rows;
    }

    /** Returns the file as it was given. */
    public Path file() {
        return file;
    }

    /** Returns what was passed over: samples of a WebDataset without a picture, files of a folder of classes. */
    public List<Problem> problems() {
        return Collections.unmodifiableList(problems);
    }

    /**
     * Returns pictures with their classes: of a folder each sub-folder's pictures, else the fields {@code image} and
     * {@code label} (or {@code class}, {@code cls}).
     *
     * @throws FoveaException if a field is missing, or a picture has two classes
     */
    public List<LabelledImage> labels() {
        if (Files.isDirectory(file)) {
            problems.clear();
            return ClassFolders.pictures(file, problems);
        }
        Map<Path, LabelledImage> pictures = new LinkedHashMap<>();
        for (Row row : rows()) {
            LabelledImage picture = new LabelledImage(row.image(), row.words("label", "class", "cls"));
            LabelledImage other = pictures.putIfAbsent(picture.image(), picture);
            if (other != null && !other.label().equals(picture.label())) {
                throw new FoveaException(row.where() + ": " + picture.image() + " is there as \"" + other.label()
                        + "\" and as \"" + picture.label() + "\"; leave one out");
            }
        }
        return List.copyOf(pictures.values());
    }

    /**
     * Returns pictures with their texts: the fields {@code image}, {@code references} (or {@code texts}, {@code text},
     * {@code captions}, {@code title}, {@code txt}; one text or a list) and, where a model has written one, {@code
     * caption} (without other texts, that is the text). Lines about one picture are put together.
     *
     * @throws FoveaException if a field is missing, or a picture has two captions of a model
     */
    public List<CaptionedImage> captions() {
        if (coco != null) {
            return coco.captioned();
        }
        Map<Path, CaptionedImage> pictures = new LinkedHashMap<>();
        for (Row row : rows()) {
            Path image = row.image();
            String[] names = {"references", "texts", "text", "captions", "title", "txt"};
            boolean predicts = !row.find(names).isMissing();
            if (!predicts && row.find("caption").isMissing()) {
                throw new FoveaException(row.where() + ": has no text about the picture; give it a field references,"
                        + " texts or text");
            }
            List<String> texts = new ArrayList<>(predicts ? row.texts(names) : row.texts("caption"));
            Optional<String> predicted = predicts ? row.optional("caption", "predicted") : Optional.empty();
            CaptionedImage before = pictures.get(image);
            if (before != null) {
                if (predicted.isPresent()
                        && before.predicted().isPresent()
                        && !before.predicted().equals(predicted)) {
                    throw new FoveaException(
                            row.where() + ": " + image + " has another caption above; leave one of them out");
                }
                texts.addAll(0, before.texts());
                predicted = before.predicted().isPresent() ? before.predicted() : predicted;
            }
            pictures.put(image, new CaptionedImage(image, texts, predicted));
        }
        return List.copyOf(pictures.values());
    }

    /**
     * Returns questions: the fields {@code image}, {@code question}, {@code answers} (one text or a list, also of
     * objects with {@code answer}), and where there are {@code question_id} (or {@code id}), {@code answer_type} and
     * {@code answer}, that of a model.
     *
     * @throws FoveaException if a field is missing or an id is there twice
     */
    public List<AskedQuestion> questions() {
        List<AskedQuestion> questions = new ArrayList<>();
        Map<String, String> places = new HashMap<>();
        for (Row row : rows()) {
            String id = row.optional("question_id", "id").orElse(String.valueOf(questions.size() + 1));
            String other = places.put(id, row.where());
            if (other != null) {
                throw new FoveaException(row.where() + ": the id " + id + " is there already (" + other
                        + "); give each question its own");
            }
            questions.add(new AskedQuestion(
                    id,
                    row.image(),
                    row.words("question"),
                    row.texts("answers"),
                    row.optional("answer_type"),
                    row.optional("answer", "predicted")));
        }
        return questions;
    }

    /**
     * Returns phrases with their places: the fields {@code image}, {@code phrase} (or {@code text}, {@code
     * expression}), {@code box} or {@code boxes} (corners, any is right) and, of a model, {@code predicted}.
     *
     * @throws FoveaException if a field is missing or no box
     */
    public List<GroundedPhrase> phrases() {
        List<GroundedPhrase> phrases = new ArrayList<>();
        for (Row row : rows()) {
            phrases.add(new GroundedPhrase(
                    row.image(),
                    row.words("phrase", "text", "expression"),
                    row.boxes("box", "boxes")
                            .filter(boxes -> !boxes.isEmpty())
                            .orElseThrow(() -> new FoveaException(
                                    row.where() + ": has no field box; expected x1, y1, x2, y2 in pixels")),
                    row.boxes("predicted")));
        }
        return phrases;
    }

    /**
     * Returns expressions with their outlines: the fields {@code image}, {@code expression} (or {@code text}, {@code
     * phrase}), {@code polygons} (or {@code segmentation}: polygons, or COCO's run lengths) and, of a model, {@code
     * predicted} with {@code width} and {@code height} of the picture.
     *
     * @throws FoveaException if a field is missing or broken
     */
    public List<SegmentedExpression> expressions() {
        List<SegmentedExpression> expressions = new ArrayList<>();
        for (Row row : rows()) {
            Optional<PixelRegion> predicted = row.region("predicted");
            int width = row.whole("width");
            int height = row.whole("height");
            if (predicted.isPresent() && (width < 1 || height < 1)) {
                throw new FoveaException(
                        row.where() + ": predicted needs the fields width and height, the picture's size in pixels");
            }
            expressions.add(new SegmentedExpression(
                    row.image(),
                    row.words("expression", "text", "phrase"),
                    width,
                    height,
                    row.region("polygons", "segmentation", "mask")
                            .orElseThrow(() -> new FoveaException(
                                    row.where() + ": has no field polygons; expected [[x1, y1, x2, y2, ...], ...]")),
                    predicted));
        }
        return expressions;
    }

    /**
     * Returns pictures with the text in them: the fields {@code image}, {@code text} (or {@code txt}) and, of a model,
     * {@code predicted}.
     *
     * @throws FoveaException if a field is missing
     */
    public List<WrittenText> texts() {
        return rows().stream()
                .map(row -> new WrittenText(row.image(), row.text("text", "txt"), row.optional("predicted")))
                .toList();
    }

    /**
     * Returns pictures with what a model is asked and the text that it is to write: the fields {@code image}, {@code
     * task} (or {@code prefix}, as maestro has it), {@code input} where the task takes one, which follows the task, and
     * {@code output} (or {@code suffix}).
     *
     * @throws FoveaException if a field is missing
     */
    public List<InstructedImage> instructions() {
        return rows().stream()
                .map(row -> new InstructedImage(
                        row.image(),
                        row.words("task", "prefix") + row.optional("input").orElse(""),
                        row.words("output", "suffix")))
                .toList();
    }

    private List<Row> rows() {
        if (Files.isDirectory(file)) {
            throw new FoveaException(file + ": is a folder; expected a file of examples (.jsonl, .csv, .tar)");
        }
        if (coco != null) {
            throw new FoveaException(file + ": is a COCO data set; expected a list of examples or JSON lines");
        }
        return rows;
    }

    /** Deletes what was unpacked. */
    @Override
    public void close() {
        if (unpacked != null) {
            unpacked.close();
        }
    }
}
