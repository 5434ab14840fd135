package dev.fovea.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.Detection;
import dev.fovea.models.TextLine;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import dev.fovea.search.IndexReport;
import dev.fovea.search.PhotoHit;
import dev.fovea.search.PhotoIndex;
import dev.fovea.search.PhotoQuery;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two tasks at a time, each of which may fail three times, over the example pictures and some that are none. */
class FoveaSparkTest {

    private static final Path EXAMPLES = Path.of("../../examples/pictures");
    private static final String BROKEN = "broken.jpg";
    private static final String LETTER = "letter.png";
    private static final String NULL = "null.png";

    @TempDir
    static Path directory;

    private static SparkSession spark;
    private static Path photos;

    @BeforeAll
    static void start() throws IOException {
        photos = Files.createDirectories(directory.resolve("photos"));
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            for (Path file : files.filter(FoveaSparkTest::isPicture).toList()) {
                Files.copy(file, photos.resolve(file.getFileName()));
            }
        }
        Files.copy(EXAMPLES.resolve("octopus.png"), photos.resolve("an octopus 100%25.png"));
        byte[] cat = Files.readAllBytes(EXAMPLES.resolve("cat.jpg"));
        Files.write(photos.resolve(BROKEN), Arrays.copyOf(cat, 200));
        Files.writeString(photos.resolve(LETTER), "dear");
        spark = SparkSession.builder()
                .master("local[2,4]")
                .appName("fovea")
                .config("spark.ui.enabled", false)
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 3)
                .config(
                        "spark.sql.warehouse.dir",
                        directory.resolve("warehouse").toString())
                .getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".png") || name.endsWith(".jpg");
    }

    private static Dataset<Row> files() {
        return spark.read().format("binaryFile").load(photos.toString());
    }

    /** All files and one that is null, in three partitions. */
    private static Dataset<Row> pictures() {
        Dataset<Row> files = files().select("path", "content");
        Dataset<Row> none = spark.createDataFrame(List.of(RowFactory.create("file:/" + NULL, null)), files.schema());
        return files.union(none).repartition(3);
    }

    /** What a column holds for each name of a file. */
    private static Map<String, Row> byName(Dataset<Row> computed) {
        Map<String, Row> rows = new TreeMap<>();
        for (Row row : computed.collectAsList()) {
            String path = row.getAs("path");
            assertNull(rows.put(path.substring(path.lastIndexOf('/') + 1), row), path + " is there twice");
        }
        return rows;
    }

    /** Compares with what the same model says about each file on this machine, and looks at the three others. */
    private static void assertSame(Dataset<Row> computed, String column, Function<Picture, Object> alone) {
        Map<String, Row> rows = byName(computed);
        assertEquals(13, rows.size());
        rows.forEach((name, row) -> {
            String error = row.getAs(column + "_error");
            Object result = row.getAs(column);
            switch (name) {
                case BROKEN -> assertTrue(error.contains("cut short or damaged"), error);
                case LETTER -> assertTrue(error.contains("not a picture that we can read"), error);
                case NULL -> assertEquals("no picture: the column is null", error);
                default -> {
                    assertNull(error, name);
                    assertEquals(alone.apply(Picture.read(photos.resolve(name))), result, name);
                }
            }
            if (error != null) {
                assertNull(result);
                assertEquals(1, error.lines().count(), error);
            }
        });
    }

    private static float[] floats(Object array) {
        List<Float> numbers = scala.jdk.javaapi.CollectionConverters.asJava((scala.collection.Seq<Float>) array);
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.get(i);
        }
        return floats;
    }

    private static Object seq(Object... values) {
        return scala.jdk.javaapi.CollectionConverters.asScala(Arrays.asList(values))
                .toSeq();
    }

    private static void assertVectors(Dataset<Row> embedded) {
        try (Clip clip = Clip.load("clip-mini")) {
            byName(embedded).forEach((name, row) -> {
                if (row.getAs("embedding") != null) {
                    float[] alone = clip.embed(Picture.read(photos.resolve(name)));
                    assertArrayEquals(alone, floats(row.getAs("embedding")), 0, name);
                }
            });
        }
    }

    @Test
    void embeddingsHaveTheBitsThatTheyHaveWithoutSpark() {
        Dataset<Row> embedded = FoveaSpark.embed(pictures(), "content", "clip-mini");
        assertEquals(List.of("path", "content", "embedding", "embedding_error"), List.of(embedded.columns()));
        try (Clip clip = Clip.load("clip-mini")) {
            assertSame(embedded, "embedding", picture -> {
                float[] vector = clip.embed(picture);
                Float[] boxed = new Float[vector.length];
                Arrays.setAll(boxed, i -> vector[i]);
                return seq((Object[]) boxed);
            });
        }
    }

    @Test
    void allTasksOfAnExecutorShareAModel() {
        assertVectors(FoveaSpark.embed(pictures(), "content", "clip-mini", Precision.BF16)
                .where("embedding is null"));
        int before = ExecutorModels.count();
        Dataset<Row> embedded = FoveaSpark.embed(pictures().repartition(7), "content", "clip-mini", Precision.BF16);
        assertEquals(10, embedded.where("embedding is not null").count());
        assertEquals(before, ExecutorModels.count());
    }

    @Test
    void captionsAreTexts() {
        try (BlipCaptioner blip = BlipCaptioner.load("blip-mini")) {
            assertSame(FoveaSpark.caption(pictures(), "content", "blip-mini"), "caption", blip::caption);
        }
        try (Florence2 florence = Florence2.load("florence-mini")) {
            assertSame(FoveaSpark.caption(pictures(), "content", "florence-mini"), "caption", florence::caption);
        }
    }

    @Test
    void detectionsAndLinesAreStructs() {
        try (Florence2 florence = Florence2.load("florence-mini")) {
            Dataset<Row> detected = FoveaSpark.detect(pictures(), "content", "florence-mini");
            assertSame(
                    detected,
                    "detections",
                    picture -> seq(florence.detect(picture).stream()
                            .map(FoveaSparkTest::row)
                            .toArray()));
            assertTrue(detected.select(functions.explode(functions.col("detections.label")))
                            .count()
                    > 0);
            Dataset<Row> lines = FoveaSpark.ocr(pictures(), "content", "florence-mini");
            assertSame(
                    lines,
                    "lines",
                    picture -> seq(florence.readLines(picture).stream()
                            .map(FoveaSparkTest::row)
                            .toArray()));
        }
    }

    private static Row row(Detection found) {
        Double score = found.score().isPresent() ? found.score().getAsDouble() : null;
        return RowFactory.create(found.label(), found.x1(), found.y1(), found.x2(), found.y2(), score);
    }

    private static Row row(TextLine line) {
        Double score = line.score().isPresent() ? line.score().getAsDouble() : null;
        return RowFactory.create(line.label(), seq(line.corners().toArray()), score);
    }

    /** Fails in the middle of a partition unless its task is tried again. */
    private static final class FailOnce implements MapPartitionsFunction<Row, Row> {

        private static final long serialVersionUID = 1;

        @Override
        public Iterator<Row> call(Iterator<Row> rows) {
            List<Row> some = new ArrayList<>();
            rows.forEachRemaining(some::add);
            boolean lost = TaskContext.get().attemptNumber() == 0 && TaskContext.getPartitionId() == 1;
            assertTrue(some.size() > 1);
            Iterator<Row> left = some.iterator();
            return new Iterator<>() {
                private int given;

                @Override
                public boolean hasNext() {
                    return left.hasNext();
                }

                @Override
                public Row next() {
                    if (lost && given++ > 0) {
                        throw new UncheckedIOException(new IOException("the task is lost"));
                    }
                    return left.next();
                }
            };
        }
    }

    @Test
    void aLostTaskIsDoneAgainAndNothingIsThereTwice() {
        Dataset<Row> pictures = pictures();
        Path out = directory.resolve("lost.parquet");
        FoveaSpark.embed(
                        pictures.mapPartitions(new FailOnce(), Encoders.row(pictures.schema())), "content", "clip-mini")
                .drop("content")
                .write()
                .parquet(out.toString());
        Dataset<Row> written = spark.read().parquet(out.toString());
        assertEquals(13, written.count());
        assertEquals(10, written.where("embedding is not null").count());
        assertVectors(written);
    }

    @Test
    void anIndexIsBuiltFromParquet() {
        Path out = directory.resolve("vectors.parquet");
        FoveaSpark.embed(files(), "content", "clip-mini")
                .drop("content")
                .withColumn("kind", functions.lit("toy"))
                .write()
                .parquet(out.toString());
        Dataset<Row> embedded = spark.read().parquet(out.toString());
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex index = PhotoIndex.open(directory.resolve("index"), clip)) {
            assertEquals(10, FoveaSpark.index(embedded, index));
            Path spaced = photos.resolve("an octopus 100%25.png");
            List<PhotoHit> hits =
                    index.search(PhotoQuery.of(Picture.read(spaced)).where("kind=toy"), 2);
            assertTrue(hits.stream().anyMatch(hit -> hit.file().equals(spaced.toAbsolutePath())), hits.toString());
            assertEquals(1, hits.getFirst().score(), 1e-6);
            IndexReport report = index.update(List.of(photos));
            assertEquals(10, report.unchanged());
            assertEquals(0, report.added());
            assertEquals(2, report.unreadable().size());
            Dataset<Row> remote = embedded.where("embedding is not null")
                    .limit(1)
                    .withColumn("path", functions.lit("s3a://bucket/a cat.jpg"));
            assertEquals(1, FoveaSpark.index(remote, index));
            PhotoHit hit = index.search(PhotoQuery.of("a cat").where("address='s3a://bucket/a cat.jpg'"), 9)
                    .getFirst();
            assertEquals(List.of("s3a://bucket/a cat.jpg"), hit.fields().get("address"));
            Dataset<Row> shorter = remote.withColumn("embedding", functions.expr("slice(embedding, 1, 3)"));
            String message = assertThrows(FoveaException.class, () -> FoveaSpark.index(shorter, index))
                    .getMessage();
            assertTrue(message.contains("its vector has 3 numbers"), message);
        }
    }

    @Test
    void aDatasetThatDoesNotFitIsOneLine() {
        Dataset<Row> pictures = pictures();
        assertLine("no column picture, only path, content", () -> FoveaSpark.embed(pictures, "picture", "clip-mini"));
        assertLine("path holds string, expected binary", () -> FoveaSpark.embed(pictures, "path", "clip-mini"));
        Dataset<Row> twice = pictures.withColumn("embedding_error", functions.lit("x"));
        assertLine("has a column embedding_error already", () -> FoveaSpark.embed(twice, "content", "clip-mini"));
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex index = PhotoIndex.open(directory.resolve("unused"), clip)) {
            assertLine("no column embedding", () -> FoveaSpark.index(pictures, index));
            Dataset<Row> doubles = pictures.withColumn(
                    "embedding", functions.lit(null).cast(DataTypes.createArrayType(DataTypes.DoubleType)));
            assertLine("array<double>, expected array<float>", () -> FoveaSpark.index(doubles, index));
        }
    }

    private static void assertLine(String expected, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(FoveaException.class, call).getMessage();
        assertTrue(message.contains(expected), message);
    }

    /** That no executor can load the model is no fault of the pictures. */
    @Test
    void aModelThatIsNotThereFailsTheJob() {
        Exception failed = assertThrows(
                Exception.class,
                () -> FoveaSpark.embed(pictures(), "content", "/no/such/model").count());
        Throwable cause = failed;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        assertNotNull(cause.getMessage());
        assertTrue(failed.toString().contains("/no/such/model")
                || cause.getMessage().contains("/no/such/model"));
    }
}
