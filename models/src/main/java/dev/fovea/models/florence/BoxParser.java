package dev.fovea.models.florence;

import dev.fovea.models.Detection;
import dev.fovea.models.florence.CleanText.Location;
import dev.fovea.models.tokenizer.PythonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads boxes out of a generated text: {@code parse_description_with_bboxes_from_text_and_spans} and {@code
 * parse_phrase_grounding_from_text_and_spans}.
 */
final class BoxParser {
    private static final int COORDINATES = 4;

    private BoxParser() {}

    /**
     * Reads boxes. Every four locations after a label are one box; up to three that are left over are ignored.
     *
     * @param labelled whether boxes without a label are skipped; if not, labels are skipped
     * @param dropped labels whose boxes are skipped
     */
    static List<Located<Detection>> parse(
            CleanText clean, LocationGrid grid, boolean labelled, Set<String> dropped, TokenScores scores) {
        List<Located<Detection>> boxes = new ArrayList<>();
        for (Phrase phrase : Phrase.findAll(clean, labelled, clean::afterLocation)) {
            int from = PythonText.skipSpaces(clean.text(), phrase.from(), phrase.labelEnd());
            int to = PythonText.skipSpacesBack(clean.text(), from, phrase.labelEnd());
            String label = clean.text().substring(from, to);
            if (!phrase.isOneLine(clean) || dropped.contains(label)) {
                continue;
            }
            List<Location> locations = clean.locations(phrase.labelEnd(), Integer.MAX_VALUE);
            for (int i = 0; i + COORDINATES <= locations.size(); i += COORDINATES) {
                List<Location> box = locations.subList(i, i + COORDINATES);
                Span name = clean.span(from, to);
                Span corners = clean.span(box.getFirst().from(), box.getLast().to());
                Detection detection = new Detection(
                        PythonText.ascii(label),
                        grid.x(box.get(0).bin()),
                        grid.y(box.get(1).bin()),
                        grid.x(box.get(2).bin()),
                        grid.y(box.get(3).bin()),
                        scores.of(name, corners));
                boxes.add(new Located<>(detection, name, corners));
            }
        }
        return boxes;
    }
}
