package dev.fovea.spark;

import dev.fovea.search.EmbeddedPhoto;
import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Makes pictures of an index out of rows with vectors. */
final class EmbeddedRows {

    private static final String PATH = "path";
    private static final String EMBEDDING = "embedding";
    private static final String MODIFIED = "modificationTime";
    private static final String LENGTH = "length";
    private static final String ADDRESS = "address";
    private static final String ERROR = "_error";

    private final int path;
    private final int embedding;
    private final int modified;
    private final int length;
    private final Map<String, Integer> fields = new LinkedHashMap<>();

    private EmbeddedRows(StructType schema) {
        path = Columns.require(schema, PATH, DataTypes.StringType);
        embedding = Columns.require(schema, EMBEDDING, PictureTask.VECTOR);
        List<String> names = Arrays.asList(schema.fieldNames());
        modified = names.contains(MODIFIED) ? Columns.require(schema, MODIFIED, DataTypes.TimestampType) : -1;
        length = names.contains(LENGTH) ? Columns.require(schema, LENGTH, DataTypes.LongType) : -1;
        for (int i = 0; i < names.size(); i++) {
            if (i != path && i != length && isField(schema.fields()[i])) {
                fields.put(names.get(i), i);
            }
        }
    }

    private static boolean isField(StructField column) {
        boolean plain = column.dataType() instanceof StringType
                || column.dataType() instanceof NumericType
                || column.dataType() instanceof BooleanType;
        return plain && !column.name().endsWith(ERROR);
    }

    /** Returns the pictures of the rows that have a vector; only one partition is on the driver at a time. */
    static Iterator<EmbeddedPhoto> of(Dataset<Row> embedded) {
        EmbeddedRows columns = new EmbeddedRows(embedded.schema());
        String[] wanted = Arrays.stream(embedded.schema().fieldNames())
                .filter(name -> columns.reads(embedded.schema().fieldIndex(name)))
                .map(name -> "`" + name.replace("`", "``") + "`")
                .toArray(String[]::new);
        Dataset<Row> rows = embedded.selectExpr(wanted).where(EMBEDDING + " is not null");
        EmbeddedRows selected = new EmbeddedRows(rows.schema());
        Iterator<Row> iterator = rows.toLocalIterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return iterator.hasNext();
            }

            @Override
            public EmbeddedPhoto next() {
                return selected.photo(iterator.next());
            }
        };
    }

    private boolean reads(int column) {
        return column == path
                || column == embedding
                || column == modified
                || column == length
                || fields.containsValue(column);
    }

    private EmbeddedPhoto photo(Row row) {
        String address = row.getString(path);
        if (address == null) {
            throw new FoveaException(
                    "the column " + PATH + " is null in a row with an " + EMBEDDING + "; every picture needs a path");
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        if (isElsewhere(address)) {
            values.put(ADDRESS, List.of(address));
        }
        fields.forEach((name, column) -> {
            if (!row.isNullAt(column)) {
                values.put(name, List.of(row.get(column).toString()));
            }
        });
        return new EmbeddedPhoto(
                file(address),
                vector(row.getList(embedding)),
                length < 0 || row.isNullAt(length) ? 0 : row.getLong(length),
                modified < 0 || row.isNullAt(modified) ? Optional.empty() : Optional.of(instant(row.get(modified))),
                values);
    }

    /** Spark hands timestamps out as one class or the other, as it is set up. */
    private static Instant instant(Object time) {
        return time instanceof Timestamp timestamp ? timestamp.toInstant() : (Instant) time;
    }

    private static boolean isElsewhere(String address) {
        return address.matches("[A-Za-z][A-Za-z0-9+.-]+:.*") && !address.startsWith("file:");
    }

    /** Returns the file of an address such as {@code file:/photos/a cat.jpg}, in which Hadoop escapes nothing. */
    private static Path file(String address) {
        return Path.of(address.replaceFirst("^file:/*(?=[A-Za-z]:/)", "").replaceFirst("^file:/*", "/"));
    }

    private static float[] vector(List<Float> numbers) {
        float[] vector = new float[numbers.size()];
        int i = 0;
        for (float number : numbers) {
            vector[i++] = number;
        }
        return vector;
    }
}
