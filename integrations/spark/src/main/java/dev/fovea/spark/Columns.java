package dev.fovea.spark;

import dev.fovea.tensor.FoveaException;
import java.util.Arrays;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Finds columns of a dataset. */
final class Columns {

    private Columns() {}

    /** Returns the index of a column, whose type must be this one but for whether elements may be null. */
    static int require(StructType schema, String name, DataType type) {
        int index = Arrays.asList(schema.fieldNames()).indexOf(name);
        if (index < 0) {
            throw new FoveaException("the dataset has no column " + name + ", only "
                    + String.join(", ", schema.fieldNames()) + "; name the column");
        }
        DataType found = schema.fields()[index].dataType();
        if (!DataType.equalsIgnoreNullability(found, type)) {
            throw new FoveaException("the column " + name + " holds " + found.catalogString() + ", expected "
                    + type.catalogString() + "; name another column");
        }
        return index;
    }
}
