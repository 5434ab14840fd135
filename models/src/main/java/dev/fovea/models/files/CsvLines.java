package dev.fovea.models.files;

import dev.fovea.tensor.FoveaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads CSV as RFC 4180 has it: commas (or semicolons, or tabs), values in double quotes that may hold line ends,
 * quotes in them doubled.
 */
public final class CsvLines {

    private final String text;
    private final Path file;
    private final char separator;
    /** What ends a value that is not quoted. */
    private final String ends;

    private int at;
    private int line = 1;

    /**
     * Holds a row.
     *
     * @param line of the file in which it begins, from 1
     */
    public record Row(int line, List<String> values) {}

    private CsvLines(String text, Path file, char separator) {
        this.text = text;
        this.file = file;
        this.separator = separator;
        this.ends = separator + "\r\n";
    }

    /**
     * Reads all rows, with commas between values, or with semicolons if the first line has these and no comma, as Excel
     * writes it where commas are in numbers; empty lines do not count.
     *
     * @param file for messages
     * @throws FoveaException if a quote is not closed, or stands where none belongs
     */
    public static List<Row> read(String text, Path file) {
        String first = text.lines().findFirst().orElse("");
        return read(text, file, first.indexOf(',') < 0 && first.indexOf(';') >= 0 ? ';' : ',');
    }

    /**
     * Reads all rows; empty lines do not count.
     *
     * @param file for messages
     * @param separator between values, such as a tab
     * @throws FoveaException if a quote is not closed, or stands where none belongs
     */
    public static List<Row> read(String text, Path file, char separator) {
        return new CsvLines(text, file, separator).rows();
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
            if (at == text.length() || text.charAt(at) != separator) {
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
        while (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
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
                if (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
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
