package dev.fovea.app.terminal;

import java.util.Arrays;
import java.util.Locale;

/**
 * Draws values over time as a few lines of text: of Braille patterns, which divide a letter into two by four dots, or
 * of stars where the encoding has none.
 */
public final class LineChart {

    private static final int BRAILLE = 0x2800;
    private static final int DOTS_ACROSS = 2;
    private static final int DOTS_DOWN = 4;
    private static final int LABEL = 7;

    /** The bits of a Braille pattern, row by row: dots 1, 4, 2, 5, 3, 6, 7, 8. */
    private static final int[] BITS = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};

    private final Style style;
    private final int columns;
    private final int rows;
    private final boolean[][] dots;
    private final char[][] marks;

    private LineChart(Style style, int columns, int rows) {
        this.style = style;
        this.columns = columns;
        this.rows = rows;
        dots = new boolean[rows * DOTS_DOWN][columns * DOTS_ACROSS];
        marks = new char[rows][columns];
    }

    /**
     * A line of a chart.
     *
     * @param x from 0 to the last, rising
     * @param y not negative; those that are not finite are left out
     */
    public record Line(double[] x, double[] y) {}

    /**
     * Draws a chart from 0 to the highest value.
     *
     * @param line joined by dots
     * @param points each a letter o
     * @param name of the horizontal axis
     * @param rows lines of text, the axis not counted
     */
    public static String of(Style style, Line line, Line points, String name, int rows) {
        int columns = Math.clamp(style.columns() - LABEL - 3, 10, 60);
        LineChart chart = new LineChart(style, columns, rows);
        double highest = Math.max(highest(line), highest(points));
        double last = Math.max(last(line), last(points));
        chart.join(line, last, highest);
        chart.mark(points, last, highest);
        return chart.text(name, last, highest);
    }

    private static double highest(Line line) {
        double highest = Arrays.stream(line.y).filter(Double::isFinite).max().orElse(0);
        return highest > 0 ? highest : 1;
    }

    private static double last(Line line) {
        return Math.max(1, line.x.length == 0 ? 0 : line.x[line.x.length - 1]);
    }

    private void join(Line line, double last, double highest) {
        int before = -1;
        int beforeRow = 0;
        for (int i = 0; i < line.x.length; i++) {
            if (!Double.isFinite(line.y[i])) {
                before = -1;
                continue;
            }
            int column = place(line.x[i] / last, columns * DOTS_ACROSS);
            int row = place(1 - line.y[i] / highest, rows * DOTS_DOWN);
            for (int c = before < 0 ? column : before; c <= column; c++) {
                int from = before < 0 || column == before
                        ? row
                        : beforeRow + (row - beforeRow) * (c - before) / (column - before);
                int to = c < column ? beforeRow + (row - beforeRow) * (c + 1 - before) / (column - before) : row;
                for (int r = Math.min(from, to); r <= Math.max(from, to); r++) {
                    dots[r][c] = true;
                }
            }
            before = column;
            beforeRow = row;
        }
    }

    private void mark(Line points, double last, double highest) {
        for (int i = 0; i < points.x.length; i++) {
            if (Double.isFinite(points.y[i])) {
                marks[place(1 - points.y[i] / highest, rows)][place(points.x[i] / last, columns)] = 'o';
            }
        }
    }

    private static int place(double share, int places) {
        return Math.clamp((int) (share * places), 0, places - 1);
    }

    private String text(String name, double last, double highest) {
        boolean braille = style.charset().newEncoder().canEncode((char) BRAILLE);
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < rows; row++) {
            String label = row == 0 ? number(highest) : row == rows - 1 ? "0" : "";
            text.append(String.format("%" + LABEL + "s ", label)).append(braille ? "\u2502" : "|");
            for (int column = 0; column < columns; column++) {
                text.append(letter(row, column, braille));
            }
            text.append('\n');
        }
        String end = name + " " + number(last);
        text.append(" ".repeat(LABEL + 1)).append(braille ? "\u2514" : "+");
        text.append((braille ? "\u2500" : "-").repeat(columns)).append('\n');
        return text.append(" ".repeat(LABEL + 2 + Math.max(0, columns - end.length())))
                .append(end)
                .append('\n')
                .toString();
    }

    private String letter(int row, int column, boolean braille) {
        if (marks[row][column] != 0) {
            return style.bold(String.valueOf(marks[row][column]));
        }
        int pattern = 0;
        for (int i = 0; i < BITS.length; i++) {
            boolean set = dots[row * DOTS_DOWN + i / DOTS_ACROSS][column * DOTS_ACROSS + i % DOTS_ACROSS];
            pattern |= set ? BITS[i] : 0;
        }
        return pattern == 0 ? " " : braille ? String.valueOf((char) (BRAILLE + pattern)) : "*";
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.3g", value);
    }
}
