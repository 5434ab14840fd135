package dev.fovea.app.results;

import dev.fovea.app.files.AppendedFile;
import dev.fovea.app.json.Json;
import dev.fovea.models.files.NpyHeader;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.json.JsonValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Writes NumPy's {@code .npy} (version 1.0): a matrix of 32-bit floats, with a row for each picture or text. Their
 * names are line by line in the record beside the file. The header ({@link NpyHeader}) never says more rows than are
 * there.
 */
final class NpyFormat implements ResultFile.Format {

    private final AppendedFile file;
    private final AppendedFile record;
    private int columns;
    private long rows;

    NpyFormat(AppendedFile file, AppendedFile record) {
        this.file = file;
        this.record = record;
    }

    @Override
    public void readBack(Set<ResultFile.Subject> done) {
        List<ResultFile.Subject> subjects = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        record.lines((line, end) -> {
            JsonValue entry = RunRecord.parse(line);
            columns = entry.get("columns").integer(columns);
            subjects.add(ResultFile.Subject.of(entry));
            ends.add(end);
        });
        if (columns > 0) {
            rows = Math.max(0, (file.size() - NpyHeader.BYTES) / (4L * columns));
        }
        // The first line is the record of settings; a row and its name are written one after the other, so one may lack
        // the other.
        rows = Math.min(rows, subjects.size() - 1);
        if (rows == 0) {
            file.truncate(0);
        } else {
            file.truncate(NpyHeader.BYTES + rows * 4 * columns);
            file.overwriteStart(header());
        }
        record.truncate(ends.get((int) rows));
        done.addAll(subjects.subList(1, (int) rows + 1));
    }

    @Override
    public void append(ResultFile.Subject subject, Json.Document result) {
        float[] vector = ResultFields.of(result).vector();
        if (rows == 0) {
            columns = vector.length;
            file.append(header());
        }
        if (vector.length != columns) {
            throw new FoveaException(
                    file.file() + ": has " + columns + " columns, but a vector has " + vector.length + " numbers");
        }
        ByteBuffer row = ByteBuffer.allocate(4 * columns).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : vector) {
            row.putFloat(number);
        }
        file.append(row.array());
        rows++;
        record.append(ResultFile.line(json -> {
            json.writeStringField(subject.kind(), subject.name());
            json.writeNumberField("columns", columns);
        }));
        file.overwriteStart(header());
    }

    private byte[] header() {
        return NpyHeader.of(rows, columns);
    }
}
