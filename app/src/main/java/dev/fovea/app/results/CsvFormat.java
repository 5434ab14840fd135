package dev.fovea.app.results;

import dev.fovea.app.files.AppendedFile;
import dev.fovea.app.json.Json;
import dev.fovea.tensor.FoveaException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes comma-separated values (RFC 4180, lines end with a line feed): a row for each picture below a row of names. A
 * {@code vector} has a column for each element; lists and objects are written as JSON.
 */
final class CsvFormat implements ResultFile.Format {

    private static final String NAME = ResultFile.Subject.IMAGE;

    private final AppendedFile file;

    CsvFormat(AppendedFile file) {
        this.file = file;
    }

    @Override
    public void readBack(Set<ResultFile.Subject> done) {
        long[] end = new long[1];
        StringBuilder row = new StringBuilder();
        file.lines((line, lineEnd) -> {
            row.append(new String(line, StandardCharsets.UTF_8));
            // A line feed within quotes belongs to the value.
            if (row.chars().filter(c -> c == '"').count() % 2 != 0) {
                row.append('\n');
                return;
            }
            String first = firstValue(row);
            if (end[0] == 0 && !first.equals(NAME)) {
                throw new FoveaException(file.file() + ": has no column \"image\"; choose another file");
            }
            if (end[0] > 0) {
                done.add(new ResultFile.Subject(NAME, first));
            }
            end[0] = lineEnd;
            row.setLength(0);
        });
        file.truncate(end[0]);
    }

    private static String firstValue(CharSequence row) {
        if (row.isEmpty() || row.charAt(0) != '"') {
            String plain = row.toString();
            int comma = plain.indexOf(',');
            return comma < 0 ? plain : plain.substring(0, comma);
        }
        StringBuilder value = new StringBuilder();
        for (int i = 1; i < row.length(); i++) {
            if (row.charAt(i) == '"' && (i + 1 == row.length() || row.charAt(++i) != '"')) {
                break;
            }
            value.append(row.charAt(i));
        }
        return value.toString();
    }

    @Override
    public void append(ResultFile.Subject subject, Json.Document result) {
        if (!subject.kind().equals(NAME)) {
            throw new FoveaException(file.file() + ": rows are about pictures; write texts to .jsonl or .npy");
        }
        ResultFields fields = ResultFields.of(result);
        List<String> names = new ArrayList<>(List.of(NAME));
        List<String> values = new ArrayList<>(List.of(subject.name()));
        names.addAll(fields.texts().keySet());
        values.addAll(fields.texts().values());
        for (int i = 0; i < fields.vector().length; i++) {
            names.add(Integer.toString(i));
            values.add(Float.toString(fields.vector()[i]));
        }
        String text = (file.size() == 0 ? row(names) : "") + row(values);
        file.append(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String row(List<String> values) {
        return values.stream().map(CsvFormat::quoted).collect(Collectors.joining(",", "", "\n"));
    }

    private static String quoted(String value) {
        boolean plain = value.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }
}
