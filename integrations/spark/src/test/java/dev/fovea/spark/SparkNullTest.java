package dev.fovea.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.search.PhotoIndex;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.kit.Nulls;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Null for any parameter of any public method is one line that names what is null. */
class SparkNullTest {

    @Test
    void everyParameterIsNamed(@TempDir Path directory) throws Exception {
        try (SparkSession spark = SparkSession.builder()
                        .master("local[1]")
                        .appName("fovea")
                        .config("spark.ui.enabled", false)
                        .config("spark.driver.host", "127.0.0.1")
                        .getOrCreate();
                Clip clip = Clip.load("clip-mini");
                PhotoIndex index = PhotoIndex.open(directory.resolve("index"), clip)) {
            Dataset<Row> pictures = spark.createDataFrame(
                    List.of(RowFactory.create(new Object[] {null})), new StructType().add("a", DataTypes.BinaryType));
            int calls = new Nulls()
                    .with(Dataset.class, pictures)
                    .with(Precision.F32)
                    .with(index)
                    .check(List.of(FoveaSpark.class.getName()));
            assertTrue(calls >= 30, calls + " calls");
        }
    }
}
