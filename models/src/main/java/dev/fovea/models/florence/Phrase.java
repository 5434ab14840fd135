package dev.fovea.models.florence;

import dev.fovea.models.tokenizer.PythonText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * A label and the tokens after it.
 *
 * @param from where the label begins
 * @param labelEnd where the tokens begin
 * @param to where they end
 */
record Phrase(int from, int labelEnd, int to) {

    /** Fewest tokens of a box. */
    private static final int LEAST_TOKENS = 4;

    /**
     * Finds what the reference's pattern {@code [^<]+(?:token){4,}} matches, or without labels {@code (?:token){4,}}.
     * Each character is read a few times at most.
     *
     * @param labelled whether at least one character must precede the tokens
     * @param afterToken the end of the token at an index, or the index itself if there is none
     */
    static List<Phrase> findAll(CleanText clean, boolean labelled, IntUnaryOperator afterToken) {
        List<Phrase> phrases = new ArrayList<>();
        int at = 0;
        while (at < clean.length()) {
            int labelEnd = clean.text().indexOf('<', at);
            if (labelEnd < 0) {
                break;
            }
            int tokens = 0;
            int end = labelEnd;
            for (int next = afterToken.applyAsInt(end); next > end; next = afterToken.applyAsInt(end)) {
                end = next;
                tokens++;
            }
            boolean found = tokens >= LEAST_TOKENS && (!labelled || labelEnd > at);
            if (found) {
                phrases.add(new Phrase(labelled ? at : labelEnd, labelEnd, end));
            }
            // A label may begin inside of a token: "<loc_1><loc_2><loc_3><loc_4><loc_5>" is "loc_1>" and four
            // locations.
            at = found ? end : labelEnd + 1;
        }
        return phrases;
    }

    /**
     * Returns whether the label, without white space before it, has no newline; the reference drops phrases that have
     * one.
     */
    boolean isOneLine(CleanText clean) {
        int first = PythonText.skipSpaces(clean.text(), from, labelEnd);
        return clean.text().indexOf('\n', first, labelEnd) < 0;
    }
}
