package dev.fovea.app.terminal;

import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says how results look: with bars and colour for someone at a terminal, plain for a file or a pipe.
 *
 * @param terminal whether someone watches
 * @param colour whether to colour; never without a terminal, and not where NO_COLOR asks for none
 * @param columns width of the terminal
 * @param charset encoding of the output
 */
public record Style(boolean terminal, boolean colour, int columns, Charset charset) {

    private static final Pattern CODE = Pattern.compile(Printable.CODE + "(\\d{1,2}m)");
    private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

    /** Returns a style of nothing but text. */
    public static Style plain(Charset charset) {
        return new Style(false, false, 80, charset);
    }

    public String bold(String text) {
        return code("1", text);
    }

    public String dim(String text) {
        return code("2", text);
    }

    /**
     * Colours a text green if it is more likely than not, else yellow: the best of many labels need not be a good one.
     */
    public String sure(float probability, String text) {
        return code(probability >= 0.5f ? "32" : "33", text);
    }

    private String code(String code, String text) {
        return colour ? Printable.CODE + code + "m" + text + Printable.CODE + "0m" : text;
    }

    /**
     * Makes what others have written fit to be a part of a line: safe to be shown at a terminal, a field between tabs
     * anywhere else.
     */
    public String value(String text) {
        return terminal ? Printable.line(text) : Printable.field(text);
    }

    /** Makes a file's name fit to be a part of a line, as {@link #value(String)} does for a text. */
    public String value(Path file) {
        return value(file.toString());
    }

    /**
     * Returns a text with this style's codes as the terminal wants them, and nothing else in it that a terminal would
     * obey.
     */
    String forOutput(String text) {
        if (text.indexOf(Printable.CODE) < 0) {
            return Printable.lines(text);
        }
        StringBuilder shown = new StringBuilder(text.length() + 64);
        Matcher code = CODE.matcher(text);
        int start = 0;
        while (colour && code.find()) {
            shown.append(Printable.lines(text.substring(start, code.start())));
            shown.append("\033[").append(code.group(1));
            start = code.end();
        }
        return shown.append(Printable.lines(text.substring(start))).toString();
    }

    /**
     * Returns a bar as long as a fraction of some columns, to the eighth of a column where the encoding has the letters
     * for it.
     */
    public String bar(double fraction, int columns) {
        double clamped = Math.clamp(fraction, 0.0, 1.0); // NaN stays NaN and draws nothing
        if (!charset.newEncoder().canEncode(EIGHTHS + "█")) {
            int length = (int) Math.round(clamped * columns);
            return "#".repeat(length) + " ".repeat(columns - length);
        }
        int eighths = (int) Math.round(clamped * columns * 8);
        String bar = "█".repeat(eighths / 8) + (eighths % 8 == 0 ? "" : EIGHTHS.charAt(eighths % 8));
        return bar + " ".repeat(columns - bar.length());
    }

    /** Returns a probability in percent: {@code 82.1%}. */
    public static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * fraction);
    }

    /** Returns a count with separators: {@code 151,277,313}. */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Returns a count of bytes in the usual units: {@code 605.2 MB}. */
    public static String bytes(long bytes) {
        String[] units = {"bytes", "kB", "MB", "GB", "TB"};
        double size = bytes;
        int unit = 0;
        while (size >= 1000 && unit < units.length - 1) {
            size /= 1000;
            unit++;
        }
        return unit == 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", size, units[unit]);
    }
}
