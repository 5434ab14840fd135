package dev.fovea.search;

import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads CSV as RFC 4180 has it: commas, values in double quotes that may hold line ends, quotes in them doubled. */
final class CsvLines {

    private final String text;
    private final Path file;
    private int at;
    private int line = 1;

    /**
     * Holds a row.
     *
     * @param line of the file in which it begins, from 1
     */
    record Row(int line, List<String> values) {}

    private CsvLines(String text, Path file) {
        this.text = text;
        this.file = file;
    }

    /**
     * Reads all rows; empty lines do not count.
     *
     * @param file for messages
     * @throws FoveaException if a quote is not closed, or stands where none belongs
     */
    static List<Row> read(String text, Path file) {
        return new CsvLines(text, file).rows();
    }

    private List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        while (at < text.length()) {
            int start = line;
            List<String> values = row();
            if (values.size() > 1 || !values.getFirst().isEmpty()) {
                rows.add(new Row(start, values));
            }
        }
        return rows;
    }

    private List<String> row() {
        List<String> values = new ArrayList<>();
        while (true) {
            values.add(at < text.length() && text.charAt(at) == '"' ? quoted() : plain());
            if (at == text.length() || text.charAt(at) != ',') {
                break;
            }
            at++;
        }
        if (at < text.length() && text.charAt(at) == '\r') {
            at++;
        }
        if (at < text.length() && text.charAt(at) == '\n') {
            at++;
        }
        line++;
        return values;
    }

    private String plain() {
        int start = at;
        while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    private String quoted() {
        int start = line;
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length()) {
            char letter = text.charAt(at++);
            if (letter == '"' && at < text.length() && text.charAt(at) == '"') {
                at++;
            } else if (letter == '"') {
                if (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
                    throw new FoveaException(file + ", line " + line + ": has text after a closing quote; write quotes"
                            + " inside of a value twice");
                }
                return value.toString();
            }
            line += letter == '\n' ? 1 : 0;
            value.append(letter);
        }
        throw new FoveaException(file + ", line " + start + ": a quote is not closed");
    }
}
