package dev.fovea.models.decoding;

import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener.Candidate;
import dev.fovea.models.generation.GenerationOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Greedy search and sampling: every sequence continues by itself, with the likeliest token or with one that is drawn.
 */
final class IndependentSearch implements Search {

    /** Continuations of a sequence that are listed for those who ask. */
    private static final int SHOWN = 5;

    private final TokenRules rules;
    private final SamplingFilters filters;
    private final List<Path> live = new ArrayList<>();
    private final List<Sequence> finished = new ArrayList<>();
    private final int copies;
    private boolean started;

    /** What was chosen from last, or null where nobody asks. */
    private List<Candidate> shown;

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
        if (shown != null) {
            shown = new ArrayList<>();
        }
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
        float sum = LogSoftmax.logSumExp(scores);
        float logProbability = scores[token] - sum;
        if (shown != null) {
            show(path, scores, token, sum);
        }
        path.score += logProbability;
        path.logProbabilities[path.length] = logProbability;
        path.tokens[path.length++] = token;
    }

    /** Lists the best continuations of a sequence, and the one that was chosen if it is none of them. */
    private void show(Path path, float[] scores, int chosen, float sum) {
        Candidates best = new Candidates(SHOWN);
        best.offer(0, 0, scores);
        boolean among = false;
        for (int rank = 0; rank < best.size(); rank++) {
            among |= best.token(rank) == chosen;
            show(path, best.token(rank), best.score(rank) - sum, best.token(rank) == chosen);
        }
        if (!among) {
            show(path, chosen, scores[chosen] - sum, true);
        }
    }

    private void show(Path path, int token, float logProbability, boolean kept) {
        shown.add(new Candidate(path.parent, token, logProbability, path.score + logProbability, kept));
    }

    @Override
    public void keepCandidates() {
        shown = List.of();
    }

    @Override
    public List<Candidate> candidates() {
        return shown == null ? List.of() : shown;
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
