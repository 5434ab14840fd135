package dev.fovea.models.florence;

import dev.fovea.models.Outline;
import dev.fovea.models.florence.CleanText.Location;
import dev.fovea.models.tokenizer.PythonText;
import java.util.ArrayList;
import java.util.List;

/** Reads outlines out of a generated text: {@code parse_description_with_polygons_from_text_and_spans}. */
final class PolygonParser {
    private PolygonParser() {}

    /**
     * Reads outlines. A phrase is one object, or one for each part from {@code <poly>} to {@code </poly>}.
     *
     * @param labelled whether outlines without a label are skipped; if not, labels are skipped
     */
    static List<Located<Outline>> parse(CleanText clean, LocationGrid grid, boolean labelled, TokenScores scores) {
        List<Located<Outline>> found = new ArrayList<>();
        for (Phrase phrase : Phrase.findAll(clean, labelled, clean::afterPolygonItem)) {
            int start = clean.afterLocation(phrase.from());
            int labelEnd = labelEnd(clean, phrase, Math.max(start, phrase.labelEnd()));
            if (labelEnd < 0 || !phrase.isOneLine(clean)) {
                continue;
            }
            int from = PythonText.skipSpaces(clean.text(), start, labelEnd);
            int to = PythonText.skipSpacesBack(clean.text(), from, labelEnd);
            for (Part part : parts(clean.text(), phrase)) {
                List<List<Integer>> polygons = polygons(clean, grid, part);
                if (!polygons.isEmpty()) {
                    Span label = clean.span(from, to);
                    Span corners = clean.span(part.from, part.to);
                    Outline outline =
                            new Outline(clean.text().substring(from, to), polygons, scores.of(label, corners));
                    found.add(new Located<>(outline, label, corners));
                }
            }
        }
        return found;
    }

    /** The characters that describe one object. */
    private record Part(int from, int to) {}

    /**
     * Returns the end of the label: the first location or {@code <poly>}, separators before it included; -1 if there is
     * neither. A location that the phrase begins with does not end the label, as in the reference.
     */
    private static int labelEnd(CleanText clean, Phrase phrase, int from) {
        int at = from;
        while (at < phrase.to()) {
            if (clean.afterLocation(at) > at || clean.text().startsWith(CleanText.POLYGON_START, at)) {
                return at;
            }
            at = clean.afterPolygonItem(at);
        }
        return -1;
    }

    private static List<Part> parts(String text, Phrase phrase) {
        String start = CleanText.POLYGON_START;
        String end = CleanText.POLYGON_END;
        int open = text.indexOf(start, phrase.labelEnd(), phrase.to());
        int close = text.indexOf(end, phrase.labelEnd(), phrase.to());
        if (open < 0 || close < 0) {
            return List.of(new Part(phrase.labelEnd(), phrase.to()));
        }
        List<Part> parts = new ArrayList<>();
        while (open >= 0) {
            close = text.indexOf(end, open + start.length(), phrase.to());
            if (close < 0) {
                break;
            }
            parts.add(new Part(open + start.length(), close));
            open = text.indexOf(start, close + end.length(), phrase.to());
        }
        return parts;
    }

    /** Reads rows of locations that end with {@code <sep>} or the part; a last x without its y is ignored. */
    private static List<List<Integer>> polygons(CleanText clean, LocationGrid grid, Part part) {
        List<List<Integer>> polygons = new ArrayList<>();
        int at = part.from;
        while (at < part.to) {
            List<Location> locations = clean.locations(at, Integer.MAX_VALUE);
            if (locations.isEmpty()) {
                at = clean.afterPolygonItem(at);
                continue;
            }
            at = locations.getLast().to();
            if (at == part.to || clean.text().startsWith(CleanText.SEPARATOR, at)) {
                polygons.add(grid.pixels(locations));
            }
        }
        return polygons;
    }
}
