package dev.fovea.spark;

import dev.fovea.search.PhotoIndex;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.util.Arrays;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Computes what pictures show on Apache Spark: for each row of a dataset with pictures in a binary column.
 *
 * <pre>{@code
 * Dataset<Row> files = spark.read().format("binaryFile").option("pathGlobFilter", "*.jpg").load("/photos");
 * FoveaSpark.embed(files, "content", "openai/clip-vit-base-patch32").drop("content").write().parquet("/vectors");
 * }</pre>
 *
 * <p>Each method returns the dataset with two more columns: the result, and why there is none ({@code NAME_error},
 * null where all is well). A picture that is null, broken or no picture costs its own row and nothing else. The model
 * is loaded once in each executor, when the first task needs it, and is shared by all tasks there; each task computes
 * with as many threads as {@code spark.task.cpus} says. Results have the bits that they have without Spark, however
 * the rows are partitioned.
 *
 * <p>A model is named as everywhere in Fovea: the path of a folder, which every executor must find, an embedded model
 * whose jar is on the class path, or a name on a hub. One that an executor cannot load fails the job.
 */
public final class FoveaSpark {

    private FoveaSpark() {}

    /**
     * Embeds pictures with a CLIP model.
     *
     * @param pictures has a binary column with the bytes of picture files, null where there is none
     * @param column the name of that column
     * @param model path or name of a CLIP checkpoint
     * @return the dataset with {@code embedding}, an array of floats with length 1, and {@code embedding_error}
     * @throws FoveaException if there is no such column, it is not binary, or the columns of the result are there
     *     already
     */
    public static Dataset<Row> embed(Dataset<Row> pictures, String column, String model) {
        return embed(pictures, column, model, Precision.F32);
    }

    /**
     * Embeds pictures as {@link #embed(Dataset, String, String)} does.
     *
     * @param compute the precision of the computation; results of different precisions should not be compared
     */
    public static Dataset<Row> embed(Dataset<Row> pictures, String column, String model, Precision compute) {
        return with(pictures, column, new PictureTask(PictureTask.Kind.EMBED, model, compute));
    }

    /**
     * Captions pictures with a BLIP or Florence-2 model.
     *
     * @return the dataset with {@code caption}, a text, and {@code caption_error}
     * @throws FoveaException as {@link #embed(Dataset, String, String)}
     */
    public static Dataset<Row> caption(Dataset<Row> pictures, String column, String model) {
        return caption(pictures, column, model, Precision.F32);
    }

    /** Captions pictures as {@link #caption(Dataset, String, String)} does, in a precision. */
    public static Dataset<Row> caption(Dataset<Row> pictures, String column, String model, Precision compute) {
        return with(pictures, column, new PictureTask(PictureTask.Kind.CAPTION, model, compute));
    }

    /**
     * Detects objects with a Florence-2 model.
     *
     * @return the dataset with {@code detections}, an array of structs {@code label, x1, y1, x2, y2, score} (corners in
     *     pixels; the score is null where the model gives none), and {@code detections_error}
     * @throws FoveaException as {@link #embed(Dataset, String, String)}
     */
    public static Dataset<Row> detect(Dataset<Row> pictures, String column, String model) {
        return detect(pictures, column, model, Precision.F32);
    }

    /** Detects objects as {@link #detect(Dataset, String, String)} does, in a precision. */
    public static Dataset<Row> detect(Dataset<Row> pictures, String column, String model, Precision compute) {
        return with(pictures, column, new PictureTask(PictureTask.Kind.DETECT, model, compute));
    }

    /**
     * Reads text with a Florence-2 model.
     *
     * @return the dataset with {@code lines}, an array of structs {@code text, corners, score} (eight numbers, the
     *     corners in pixels as x1, y1, x2, y2, ... clockwise from the first letter), and {@code lines_error}
     * @throws FoveaException as {@link #embed(Dataset, String, String)}
     */
    public static Dataset<Row> ocr(Dataset<Row> pictures, String column, String model) {
        return ocr(pictures, column, model, Precision.F32);
    }

    /** Reads text as {@link #ocr(Dataset, String, String)} does, in a precision. */
    public static Dataset<Row> ocr(Dataset<Row> pictures, String column, String model, Precision compute) {
        return with(pictures, column, new PictureTask(PictureTask.Kind.OCR, model, compute));
    }

    /**
     * Puts the vectors of {@link #embed} into an index, on the driver and row by row. Needs a column {@code path};
     * {@code modificationTime} and {@code length} of {@code binaryFile}, where they are there, let a later update of
     * the index over the same files leave them as they are. Other columns with texts, numbers and truth values become
     * fields for conditions. An address that is no local file ({@code s3a://...}) is also kept in the field
     * {@code address}, since the path of a file cannot hold it as it is.
     *
     * @param embedded as {@link #embed} returned it or wrote it to Parquet
     * @param index opened with the same model and precision
     * @return how many pictures were added; rows without an embedding are left out
     * @throws FoveaException if a column is missing or of another type, or the vectors do not fit the index
     */
    public static int index(Dataset<Row> embedded, PhotoIndex index) {
        Objects.requireNonNull(embedded, "embedded is null");
        Objects.requireNonNull(index, "index is null");
        return index.add(EmbeddedRows.of(embedded));
    }

    private static Dataset<Row> with(Dataset<Row> pictures, String column, PictureTask task) {
        Objects.requireNonNull(pictures, "pictures is null");
        Objects.requireNonNull(column, "column is null");
        StructType schema = pictures.schema();
        int content = Columns.require(schema, column, DataTypes.BinaryType);
        for (String added : new String[] {task.column(), task.errorColumn()}) {
            if (Arrays.asList(schema.fieldNames()).contains(added)) {
                throw new FoveaException("the dataset has a column " + added + " already; drop or rename it");
            }
        }
        StructType more =
                schema.add(task.column(), task.type(), true).add(task.errorColumn(), DataTypes.StringType, true);
        return pictures.mapPartitions(new PicturePartition(task, content), Encoders.row(more));
    }
}
