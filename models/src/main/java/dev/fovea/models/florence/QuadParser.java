package dev.fovea.models.florence;

import dev.fovea.models.TextLine;
import dev.fovea.models.florence.CleanText.Location;
import dev.fovea.models.tokenizer.PythonText;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads lines of text with quadrilaterals out of a generated text: {@code parse_ocr_from_text_and_spans}, whose pattern
 * is {@code .+?} and eight locations.
 */
final class QuadParser {
    private static final int COORDINATES = 8;

    private QuadParser() {}

    /**
     * Reads quadrilaterals. A label is at least one character long and has no newline; anything else may be part of it,
     * location tokens too.
     */
    static List<Located<TextLine>> parse(CleanText clean, LocationGrid grid, TokenScores scores) {
        List<Located<TextLine>> quads = new ArrayList<>();
        int lineStart = 0;
        while (lineStart < clean.length()) {
            int newline = clean.text().indexOf('\n', lineStart);
            int lineEnd = newline < 0 ? clean.length() : newline;
            parseLine(clean, lineStart, lineEnd, grid, scores, quads);
            lineStart = lineEnd + 1;
        }
        return quads;
    }

    private static void parseLine(
            CleanText clean, int start, int end, LocationGrid grid, TokenScores scores, List<Located<TextLine>> quads) {
        int labelStart = start;
        int labelEnd = start;
        while (labelEnd < end) {
            labelEnd = clean.text().indexOf('<', labelEnd + 1, end);
            if (labelEnd < 0) {
                return;
            }
            List<Location> locations = clean.locations(labelEnd, COORDINATES);
            if (locations.size() == COORDINATES) {
                int from = PythonText.skipSpaces(clean.text(), labelStart, labelEnd);
                int to = PythonText.skipSpacesBack(clean.text(), from, labelEnd);
                int quadEnd = locations.getLast().to();
                Span label = clean.span(from, to);
                Span corners = clean.span(labelEnd, quadEnd);
                TextLine line = new TextLine(
                        clean.text().substring(from, to), grid.pixels(locations), scores.of(label, corners));
                quads.add(new Located<>(line, label, corners));
                labelStart = quadEnd;
                labelEnd = quadEnd;
            }
        }
    }
}
