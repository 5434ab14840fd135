package dev.fovea.models.decoding;

import java.util.List;

/**
 * The best continuations of all beams: beam, token and score, the best first, equal ones in the order in which they
 * were offered.
 */
final class Candidates {

    private final int[] beams;
    private final int[] tokens;
    private final float[] scores;
    private int size;

    Candidates(int capacity) {
        beams = new int[capacity];
        tokens = new int[capacity];
        scores = new float[capacity];
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    int beam(int rank) {
        return beams[rank];
    }

    int token(int rank) {
        return tokens[rank];
    }

    float score(int rank) {
        return scores[rank];
    }

    /** Adds those of a beam's continuations that are good enough. */
    void offer(int beam, float beamScore, float[] tokenScores) {
        for (int token = 0; token < tokenScores.length; token++) {
            float score = tokenScores[token] + beamScore;
            if (size < scores.length || score > scores[size - 1]) {
                insert(beam, token, score);
            }
        }
    }

    private void insert(int beam, int token, float score) {
        int rank = size < scores.length ? size++ : size - 1;
        while (rank > 0 && score > scores[rank - 1]) {
            beams[rank] = beams[rank - 1];
            tokens[rank] = tokens[rank - 1];
            scores[rank] = scores[rank - 1];
            rank--;
        }
        beams[rank] = beam;
        tokens[rank] = token;
        scores[rank] = score;
    }

    /**
     * Draws continuations without replacement, by their probability among all beams' continuations, and keeps them in
     * the order drawn.
     */
    void draw(List<Float> beamScores, float[][] tokenScores, TokenDraws draws) {
        int vocabulary = tokenScores[0].length;
        float[] all = new float[Math.multiplyExact(beamScores.size(), vocabulary)];
        for (int beam = 0; beam < tokenScores.length; beam++) {
            for (int token = 0; token < vocabulary; token++) {
                all[beam * vocabulary + token] = tokenScores[beam][token] + beamScores.get(beam);
            }
        }
        float[] left = all.clone();
        int possible = (int) Math.min(scores.length, countFinite(left));
        while (size < possible) {
            int place = draws.draw(left);
            beams[size] = place / vocabulary;
            tokens[size] = place % vocabulary;
            scores[size++] = all[place];
            left[place] = Float.NEGATIVE_INFINITY;
        }
    }

    private static long countFinite(float[] values) {
        long count = 0;
        for (float value : values) {
            count += value == Float.NEGATIVE_INFINITY ? 0 : 1;
        }
        return count;
    }
}
