package dev.fovea.studio.runs;

import dev.fovea.models.generation.GenerationListener.Candidate;
import dev.fovea.studio.inside.GenerationTrace;
import dev.fovea.studio.runs.WrittenRun.OtherToken;
import dev.fovea.studio.runs.WrittenRun.WrittenToken;
import dev.fovea.studio.runs.WrittenRun.WrittenWord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;

/** Reads a written sequence: its tokens with what else could have stood there, its words, its location tokens. */
final class WrittenTokens {

    private static final int TOP = 5;

    private final GenerationTrace trace;
    private final int[] tokens;
    private final int promptLength;
    private final IntFunction<String> spell;
    private final boolean wordPieces;

    /**
     * Reads a sequence.
     *
     * @param wordPieces whether tokens that continue a word begin with {@code ##}; else a space begins a word
     */
    WrittenTokens(
            GenerationTrace trace, int[] tokens, int promptLength, IntFunction<String> spell, boolean wordPieces) {
        this.trace = trace;
        this.tokens = tokens;
        this.promptLength = promptLength;
        this.spell = spell;
        this.wordPieces = wordPieces;
    }

    /** Returns the tokens after the prompt. */
    List<WrittenToken> list(float[] logProbabilities) {
        List<WrittenToken> list = new ArrayList<>();
        for (int at = promptLength; at < tokens.length; at++) {
            int step = at - promptLength;
            int token = tokens[at];
            List<Candidate> others = others(step);
            int rank = 0;
            for (int i = 0; i < others.size(); i++) {
                rank = others.get(i).token() == token ? i + 1 : rank;
            }
            List<OtherToken> top = others.stream()
                    .limit(TOP)
                    .map(other ->
                            new OtherToken(other.token(), spell.apply(other.token()), Math.exp(other.logProbability())))
                    .toList();
            list.add(new WrittenToken(token, spell.apply(token), Math.exp(logProbabilities[at]), rank, top));
        }
        return list;
    }

    /** Returns what could follow the tokens before a step, as far as the search looked at it, the likeliest first. */
    private List<Candidate> others(int step) {
        if (step >= trace.steps().size()) {
            return List.of();
        }
        int row = trace.row(tokens, promptLength, step);
        return trace.steps().get(step).candidates().stream()
                .filter(candidate -> candidate.sequence() == row)
                .sorted(Comparator.comparing(Candidate::logProbability).reversed())
                .toList();
    }

    /** Joins tokens to words: WordPiece marks what continues a word, byte-pair encodings what begins one. */
    List<WrittenWord> words(float[] logProbabilities) {
        List<WrittenWord> words = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        List<Integer> indices = new ArrayList<>();
        double sum = 0;
        for (int at = promptLength; at <= tokens.length; at++) {
            String token = at < tokens.length ? spell.apply(tokens[at]) : "";
            boolean special = token.isEmpty() || token.matches("<.*>|\\[[A-Z]+]");
            boolean continues = wordPieces ? token.startsWith("##") : !token.startsWith(" ");
            if (!indices.isEmpty() && (special || !continues)) {
                words.add(new WrittenWord(text.toString().strip(), List.copyOf(indices), Math.exp(sum)));
                text.setLength(0);
                indices.clear();
                sum = 0;
            }
            if (!special) {
                text.append(token.startsWith("##") ? token.substring(2) : token);
                indices.add(at - promptLength);
                sum += logProbabilities[at];
            }
        }
        return words;
    }

    /**
     * Returns the indices of the location tokens of each place, in the order of the text.
     *
     * @param each location tokens of a place
     * @param count of places; where the text has another number of them, each gets none
     */
    List<List<Integer>> places(int each, int count) {
        List<Integer> locations = new ArrayList<>();
        for (int at = promptLength; at < tokens.length; at++) {
            if (spell.apply(tokens[at]).startsWith("<loc_")) {
                locations.add(at - promptLength);
            }
        }
        List<List<Integer>> places = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            places.add(
                    locations.size() == count * each
                            ? List.copyOf(locations.subList(i * each, (i + 1) * each))
                            : List.of());
        }
        return places;
    }
}
