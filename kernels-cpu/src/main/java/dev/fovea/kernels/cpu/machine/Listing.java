package dev.fovea.kernels.cpu.machine;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Collects what the instructions of an {@link Assembler} are called, for people. */
final class Listing {

    /** Wide enough for most instructions: ten bytes. */
    private static final int BYTES_COLUMN = 3 * 10;

    private record Line(int at, String text) {}

    private final List<Line> lines = new ArrayList<>();

    /** Adds a line for what begins at a position. */
    void add(int at, String text) {
        lines.add(new Line(at, text));
    }

    /** Returns the names of the instructions and labels, one a line, as an assembler would read them. */
    String source() {
        StringBuilder source = new StringBuilder();
        for (Line line : lines) {
            source.append(line.text).append('\n');
        }
        return source.toString();
    }

    /** Returns a line for each instruction, {@code address  bytes  text}, and for each label. */
    String lines(byte[] code) {
        HexFormat hex = HexFormat.ofDelimiter(" ");
        StringBuilder listing = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            int end = i + 1 < lines.size() ? lines.get(i + 1).at : code.length;
            if (line.text.endsWith(":")) {
                listing.append(line.text).append('\n');
                continue;
            }
            String bytes = hex.formatHex(code, line.at, end);
            listing.append(HexFormat.of().toHexDigits(line.at, 4)).append("  ").append(bytes);
            listing.repeat(' ', Math.max(0, BYTES_COLUMN - bytes.length()) + 1);
            listing.append(line.text).append('\n');
        }
        return listing.toString();
    }
}
