package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The unigram model (Kudo 2018) as SentencePiece runs it: of all ways to cut a text into pieces of the vocabulary, the
 * one whose pieces are most probable together, found by the algorithm of Viterbi. A character that no piece covers is
 * unknown, at a price, and a run of unknown ones is one token.
 */
final class Unigram implements Model {
    /** How much less probable than the least probable piece an unknown character is, as a logarithm. */
    private static final float UNKNOWN_PENALTY = 10;

    /** How much less than the best piece a piece that a user defined scores, once for its length. */
    private static final double USER_DEFINED_PENALTY = 0.1;

    private final Vocabulary vocabulary;
    /** Score of each piece by its id; NaN where the piece is never found in a text. */
    private final double[] scores;

    private final int unknown;
    private final double unknownScore;
    private final int longest;
    /** Whether sums are rounded to single precision, which decides between ways that are equally good. */
    private final boolean isSingle;

    private Unigram(
            Vocabulary vocabulary, double[] scores, int unknown, double unknownScore, int longest, boolean isSingle) {
        this.vocabulary = vocabulary;
        this.scores = scores;
        this.unknown = unknown;
        this.unknownScore = unknownScore;
        this.longest = longest;
        this.isSingle = isSingle;
    }

    /**
     * Takes the pieces of a {@code tokenizer.json}, whose sums Hugging Face's tokenizers compute in double precision.
     *
     * @param scores of each piece by its id
     * @param unknown id of the piece for what is unknown
     */
    static Unigram of(Vocabulary vocabulary, double[] scores, int unknown) {
        int longest = 1;
        double least = Double.POSITIVE_INFINITY;
        for (int id = 0; id < scores.length; id++) {
            least = Math.min(least, scores[id]);
            longest = Math.max(longest, vocabulary.tokenOf(id).getBytes(StandardCharsets.UTF_8).length);
        }
        return new Unigram(vocabulary, scores, unknown, least - UNKNOWN_PENALTY, longest, false);
    }

    /**
     * Takes the pieces of a file of SentencePiece, which computes in single precision.
     *
     * @throws ModelException if there is no piece for what is unknown
     */
    static Unigram of(SentencePieceFile file, Path source) {
        Vocabulary vocabulary = new Vocabulary();
        int count = file.pieces().size();
        double[] scores = new double[count];
        Arrays.fill(scores, Double.NaN);
        int unknown = -1;
        int longest = 1;
        float least = Float.MAX_VALUE;
        float most = Float.MIN_NORMAL; // the reference starts there, so that it stays above all logarithms
        for (int id = 0; id < count; id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            vocabulary.add(piece.text(), id, source);
            if (piece.kind() == SentencePieceFile.UNKNOWN) unknown = id;
            if (piece.kind() != SentencePieceFile.NORMAL) continue;
            scores[id] = piece.score();
            least = Math.min(least, piece.score());
            most = Math.max(most, piece.score());
        }
        for (int id = 0; id < count; id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            int length = piece.text().getBytes(StandardCharsets.UTF_8).length;
            if (piece.kind() == SentencePieceFile.USER_DEFINED)
                scores[id] = (float) (length * most - USER_DEFINED_PENALTY);
            if (!Double.isNaN(scores[id])) longest = Math.max(longest, length);
        }
        if (unknown < 0) {
            throw new ModelException(source + " has no piece for unknown characters; it is damaged, fetch it again");
        }
        return new Unigram(vocabulary, scores, unknown, least - UNKNOWN_PENALTY, longest, true);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int[] tokenize(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        // For each end of a piece the best way to it: its score, where its last piece begins, and which that is.
        double[] best = new double[length + 1];
        int[] starts = new int[length + 1];
        int[] pieces = new int[length + 1];
        Arrays.fill(starts, -1);
        for (int start = 0; start < length; ) {
            double soFar = best[start];
            int character = Math.min(Utf8.length(bytes[start]), length - start);
            boolean covered = false;
            for (int end = start + character; end <= Math.min(length, start + longest); end = nextEnd(bytes, end)) {
                int id = vocabulary.idOf(bytes, start, end);
                if (id < 0 || Double.isNaN(scores[id])) continue;
                double score = sum(scores[id], soFar);
                if (starts[end] < 0 || score > best[end]) {
                    best[end] = score;
                    starts[end] = start;
                    pieces[end] = id;
                }
                covered |= end == start + character;
            }
            int end = start + character;
            double price = sum(unknownScore, soFar);
            if (!covered && (starts[end] < 0 || price > best[end])) {
                best[end] = price;
                starts[end] = start;
                pieces[end] = unknown;
            }
            start = end;
        }
        return backwards(length, starts, pieces);
    }

    private double sum(double score, double soFar) {
        return isSingle ? (float) (score + soFar) : score + soFar;
    }

    /** Returns the end of the character after one that ends here. */
    private static int nextEnd(byte[] bytes, int end) {
        return end < bytes.length ? Math.min(bytes.length, end + Utf8.length(bytes[end])) : end + 1;
    }

    /** Follows the best way from its end; a run of unknown characters is one token. */
    private int[] backwards(int length, int[] starts, int[] pieces) {
        int[] reversed = new int[length];
        int count = 0;
        for (int end = length; end > 0; end = starts[end]) {
            boolean goesOn = pieces[end] == unknown && count > 0 && reversed[count - 1] == unknown;
            if (!goesOn) reversed[count++] = pieces[end];
        }
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = reversed[count - 1 - i];
        return ids;
    }
}
