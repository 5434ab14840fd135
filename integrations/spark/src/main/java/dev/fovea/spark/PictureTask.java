package dev.fovea.spark;

import dev.fovea.models.Captioner;
import dev.fovea.models.Detection;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.TextLine;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.Precision;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Says what is computed for each picture, and with which model; it is sent to the executors.
 *
 * @param kind what is computed
 * @param model path or name of a checkpoint
 * @param compute the precision
 */
record PictureTask(Kind kind, String model, Precision compute) implements Serializable {

    PictureTask {
        Objects.requireNonNull(kind, "kind is null");
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(compute, "compute is null");
    }

    /** Names what can be computed, and the column that it goes to. */
    enum Kind {
        EMBED("embedding"),
        CAPTION("caption"),
        DETECT("detections"),
        OCR("lines");

        private final String column;

        Kind(String column) {
            this.column = column;
        }
    }

    /** The type of {@code embedding}. */
    static final DataType VECTOR = DataTypes.createArrayType(DataTypes.FloatType, false);

    private static final DataType DETECTIONS = DataTypes.createArrayType(
            new StructType()
                    .add("label", DataTypes.StringType, false)
                    .add("x1", DataTypes.IntegerType, false)
                    .add("y1", DataTypes.IntegerType, false)
                    .add("x2", DataTypes.IntegerType, false)
                    .add("y2", DataTypes.IntegerType, false)
                    .add("score", DataTypes.DoubleType, true),
            false);

    private static final DataType LINES = DataTypes.createArrayType(
            new StructType()
                    .add("text", DataTypes.StringType, false)
                    .add("corners", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
                    .add("score", DataTypes.DoubleType, true),
            false);

    /** Returns the name of the column with the results. */
    String column() {
        return kind.column;
    }

    /** Returns the name of the column that says why there is no result. */
    String errorColumn() {
        return kind.column + "_error";
    }

    /** Returns the type of the results. */
    DataType type() {
        return switch (kind) {
            case EMBED -> VECTOR;
            case CAPTION -> DataTypes.StringType;
            case DETECT -> DETECTIONS;
            case OCR -> LINES;
        };
    }

    /**
     * Holds a model that was loaded for a task.
     *
     * @param preprocessing makes of a picture what the model takes
     * @param results computes what the column holds, for several pictures at once
     */
    record Loaded(Preprocessing preprocessing, Function<List<PreparedPicture>, ? extends List<?>> results) {}

    /** Loads the model, to compute with so many threads. */
    Loaded load(int threads) {
        LoadOptions options = LoadOptions.DEFAULTS.withCompute(compute).withThreads(threads);
        return switch (kind) {
            case EMBED -> {
                Clip clip = Clip.load(model, options);
                yield new Loaded(clip.preprocessing(), clip::embedAll);
            }
            case CAPTION -> {
                Captioner captioner = Captioners.load(model, options);
                Preprocessing preprocessing = switch (captioner) {
                    case Florence2 florence -> florence.preprocessing();
                    case BlipCaptioner blip -> blip.preprocessing();
                    default -> throw new IllegalStateException(captioner.getClass() + " has no preprocessing");
                };
                yield new Loaded(preprocessing, texts(captioner::captionAll));
            }
            case DETECT -> {
                Florence2 florence = Florence2.load(model, options);
                yield new Loaded(
                        florence.preprocessing(),
                        pictures -> florence.detectAll(pictures).stream()
                                .map(found ->
                                        found.stream().map(PictureTask::row).toArray())
                                .toList());
            }
            case OCR -> {
                Florence2 florence = Florence2.load(model, options);
                yield new Loaded(
                        florence.preprocessing(),
                        pictures -> pictures.stream()
                                .map(picture -> florence.readLines(picture).stream()
                                        .map(PictureTask::row)
                                        .toArray())
                                .toList());
            }
        };
    }

    private static Function<List<PreparedPicture>, List<String>> texts(
            Function<List<PreparedPicture>, List<GeneratedText>> captions) {
        return pictures ->
                captions.apply(pictures).stream().map(GeneratedText::text).toList();
    }

    private static Object row(Detection found) {
        return RowFactory.create(
                found.label(),
                found.x1(),
                found.y1(),
                found.x2(),
                found.y2(),
                found.score().isPresent() ? found.score().getAsDouble() : null);
    }

    private static Object row(TextLine line) {
        return RowFactory.create(
                line.label(),
                line.corners().toArray(),
                line.score().isPresent() ? line.score().getAsDouble() : null);
    }
}
