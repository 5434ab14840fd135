package dev.fovea.models.decoding;

import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Greedy search and sampling: every sequence continues by itself, with the likeliest token or with one that is drawn.
 */
final class IndependentSearch implements Search {

    private final TokenRules rules;
    private final SamplingFilters filters;
    private final List<Path> live = new ArrayList<>();
    private final List<Sequence> finished = new ArrayList<>();
    private final int copies;
    private boolean started;

    /** A sequence that grows. */
    private static final class Path {
        final int[] tokens;
        final float[] logProbabilities;
        final TokenDraws draws;
        int length;
        int parent;
        float score;

        Path(int[] prompt, int longest, TokenDraws draws) {
            tokens = Arrays.copyOf(prompt, longest);
            logProbabilities = new float[longest];
            length = prompt.length;
            this.draws = draws;
        }

        Sequence sequence() {
            return new Sequence(Arrays.copyOf(tokens, length), score, Arrays.copyOf(logProbabilities, length));
        }
    }

    IndependentSearch(int[] prompt, GenerationOptions options, TokenRules rules, int picture) {
        this.rules = rules;
        this.filters = options.sample() ? new SamplingFilters(options, 1) : null;
        this.copies = options.returnSequences();
        for (int copy = 0; copy < copies; copy++) {
            TokenDraws draws = options.sample() ? new TokenDraws(options.seed(), picture, copy) : null;
            live.add(new Path(prompt, rules.longest(), draws));
        }
    }

    @Override
    public int live() {
        return started ? live.size() : 1;
    }

    @Override
    public void choose(float[][] logits) {
        for (int i = 0; i < live.size(); i++) {
            Path path = live.get(i);
            path.parent = started ? i : 0;
            // Before the first token all sequences are the same.
            extend(path, started || copies == 1 ? logits[path.parent] : logits[0].clone());
        }
        started = true;
        live.removeIf(path -> {
            boolean ends = rules.isEnd(path.tokens[path.length - 1]) || path.length == rules.longest();
            if (ends) {
                finished.add(path.sequence());
            }
            return ends;
        });
    }

    private void extend(Path path, float[] scores) {
        rules.apply(path.tokens, path.length, scores);
        int token;
        if (filters == null) {
            token = likeliest(scores);
        } else {
            filters.apply(scores);
            token = path.draws.draw(scores);
        }
        float logProbability = scores[token] - LogSoftmax.logSumExp(scores);
        path.score += logProbability;
        path.logProbabilities[path.length] = logProbability;
        path.tokens[path.length++] = token;
    }

    /** Returns the index of the largest score, the first where several are equal. */
    private static int likeliest(float[] scores) {
        int best = 0;
        for (int token = 1; token < scores.length; token++) {
            if (scores[token] > scores[best]) {
                best = token;
            }
        }
        return best;
    }

    @Override
    public int parent(int sequence) {
        return live.get(sequence).parent;
    }

    @Override
    public int lastToken(int sequence) {
        Path path = live.get(sequence);
        return path.tokens[path.length - 1];
    }

    @Override
    public List<Sequence> unfinished() {
        return live.stream().map(Path::sequence).toList();
    }

    @Override
    public List<Sequence> finished() {
        return List.copyOf(finished);
    }
}
