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

    /** Fewer tokens are no box. */
    private static final int LEAST_TOKENS = 4;

    /**
     * What the reference's pattern {@code [^<]+(?:token){4,}} finds, or without labels {@code (?:token){4,}}, each
     * place looked at a few times at most.
     *
     * @param labelled whether at least one character must stand before the tokens
     * @param afterToken the end of the token at a place, or that place if there is none
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

    /** Whether the label, white space before it left out, has no newline; the reference drops phrases that have one. */
    boolean isOneLine(CleanText clean) {
        int first = PythonText.skipSpaces(clean.text(), from, labelEnd);
        return clean.text().indexOf('\n', first, labelEnd) < 0;
    }
}
