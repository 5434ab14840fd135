package dev.fovea.models.florence;

import dev.fovea.models.florence.CleanText.Location;
import dev.fovea.models.tokenizer.PythonText;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

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
    static List<FoundQuad> parse(CleanText clean, LocationGrid grid) {
        List<FoundQuad> quads = new ArrayList<>();
        int lineStart = 0;
        while (lineStart < clean.length()) {
            int newline = clean.text().indexOf('\n', lineStart);
            int lineEnd = newline < 0 ? clean.length() : newline;
            parseLine(clean, lineStart, lineEnd, grid, quads);
            lineStart = lineEnd + 1;
        }
        return quads;
    }

    private static void parseLine(CleanText clean, int start, int end, LocationGrid grid, List<FoundQuad> quads) {
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
                quads.add(new FoundQuad(
                        clean.text().substring(from, to),
                        grid.pixels(locations),
                        new Source(clean.span(from, to), clean.span(labelEnd, quadEnd)),
                        OptionalDouble.empty()));
                labelStart = quadEnd;
                labelEnd = quadEnd;
            }
        }
    }
}
