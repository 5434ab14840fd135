package dev.fovea.app.florence;

import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TextWidth;
import dev.fovea.models.Detection;
import dev.fovea.models.Finding;
import dev.fovea.models.Outline;
import dev.fovea.models.TextLine;
import dev.fovea.models.florence.FlorenceResult;
import dev.fovea.models.florence.FlorenceTask.Output;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Formats Florence-2's replies for people: texts as they are, findings one a line, in columns at a terminal and between
 * tabs anywhere else.
 */
final class FlorenceTable {

    private static final int NARROWEST_LABEL = 20;

    private final Style style;

    FlorenceTable(Style style) {
        this.style = style;
    }

    private record Row(String label, String place, String score, String description) {}

    /**
     * Returns the reply about a single picture.
     *
     * @param shown whether the text is there already, all but its end of line
     */
    String ofOne(FlorenceReply reply, boolean shown) {
        return lines(reply, shown).stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    /**
     * Returns the reply about one of many pictures: at a terminal below its name; anywhere else each line begins with
     * the name and a tab.
     */
    String ofMany(Path file, FlorenceReply reply) {
        StringBuilder text = new StringBuilder();
        if (style.terminal()) {
            text.append(style.bold(style.value(file))).append('\n');
        }
        for (String line : lines(reply, false)) {
            text.append(style.terminal() ? "  " : style.value(file) + "\t")
                    .append(line)
                    .append('\n');
        }
        return text.toString();
    }

    private List<String> lines(FlorenceReply reply, boolean shown) {
        List<String> lines = new ArrayList<>();
        if (reply.answer().task().output() == Output.TEXT) {
            if (shown) {
                lines.add("");
            } else {
                reply.sequences()
                        .forEach(sequence ->
                                lines.add(style.value(sequence.result().text())));
            }
            if (reply.grounding() != null) {
                lines.addAll(findings(reply.grounding().result(), List.of()));
            }
        } else {
            lines.addAll(findings(reply.answer().result(), reply.descriptions()));
        }
        return lines;
    }

    private List<String> findings(FlorenceResult result, List<String> descriptions) {
        List<Finding> found = result.findings();
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            rows.add(row(found.get(i), i < descriptions.size() ? descriptions.get(i) : ""));
        }
        if (!style.terminal()) {
            return rows.stream().map(FlorenceTable::plain).toList();
        }
        return rows.isEmpty() ? List.of(style.dim("nothing found")) : columns(rows);
    }

    private Row row(Finding found, String description) {
        String score = found.score().isPresent()
                ? String.format(Locale.ROOT, "%.3f", found.score().getAsDouble())
                : "";
        return new Row(style.value(found.label()), place(found), score, style.value(description));
    }

    private static String plain(Row row) {
        String line = row.label + "\t" + row.place + "\t" + row.score;
        return row.description.isEmpty() ? line : line + "\t" + row.description;
    }

    private List<String> columns(List<Row> rows) {
        int places = rows.stream().mapToInt(row -> row.place.length()).max().orElse(0);
        int scores = rows.stream().mapToInt(row -> row.score.length()).max().orElse(0);
        int widest =
                rows.stream().mapToInt(row -> TextWidth.of(row.label)).max().orElse(0);
        int labels = Math.min(widest, Math.max(NARROWEST_LABEL, style.columns() - places - scores - 6));
        List<String> lines = new ArrayList<>();
        for (Row row : rows) {
            String label = labels == 0 ? "" : style.bold(TextWidth.fit(row.label, labels)) + "  ";
            String place = row.place + " ".repeat(places - row.place.length());
            String score = scores == 0 ? "" : "  " + style.dim(row.score);
            String description = row.description.isEmpty() ? "" : "  " + row.description;
            lines.add((label + place + score + description).stripTrailing());
        }
        return lines;
    }

    /**
     * Returns corners as {@code x,y}: two of a box, four of a quadrilateral; of outlines the corners of the box around
     * them.
     */
    private static String place(Finding found) {
        return switch (found) {
            case Detection box -> corners(List.of(box.x1(), box.y1(), box.x2(), box.y2()));
            case TextLine quad -> corners(quad.corners());
            case Outline thing -> around(thing);
        };
    }

    private static String around(Outline thing) {
        List<Integer> all = thing.polygons().stream().flatMap(List::stream).toList();
        if (all.isEmpty()) {
            return "nowhere";
        }
        int[] least = {Integer.MAX_VALUE, Integer.MAX_VALUE};
        int[] most = {Integer.MIN_VALUE, Integer.MIN_VALUE};
        for (int i = 0; i < all.size(); i++) {
            least[i % 2] = Math.min(least[i % 2], all.get(i));
            most[i % 2] = Math.max(most[i % 2], all.get(i));
        }
        int polygons = thing.polygons().size();
        return corners(List.of(least[0], least[1], most[0], most[1])) + " (" + polygons + " polygon"
                + (polygons == 1 ? "" : "s") + ", " + all.size() / 2 + " corners)";
    }

    private static String corners(List<Integer> coordinates) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i + 1 < coordinates.size(); i += 2) {
            text.append(i == 0 ? "" : " ")
                    .append(coordinates.get(i))
                    .append(',')
                    .append(coordinates.get(i + 1));
        }
        return text.toString();
    }
}
