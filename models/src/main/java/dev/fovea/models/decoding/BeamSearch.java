package dev.fovea.models.decoding;

import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener.Candidate;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.GenerationOptions.EarlyStopping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Beam search with the scores and stopping rules of transformers' {@code _beam_search} (since 4.50), for one picture:
 *
 * <pre>
 * candidates = the K best of all beams' continuations by the sum of logarithms of probabilities,
 *              K = beams * max(2, 1 + end tokens)
 * a candidate ends if its token is an end token or the length limit is reached
 * live beams = the best candidates that do not end
 * finished   = the best of those that ended, but only of the first `beams` candidates,
 *              by sum / (tokens after the prompt) ^ penalty
 * </pre>
 *
 * Equal candidates are ordered by beam and token, where the reference leaves their order open.
 */
final class BeamSearch implements Search {

    /**
     * Score of a beam that does not exist, as in the reference: before the first token all beams are the same one,
     * which must not count several times.
     */
    private static final float NONE = -1e9f;

    private final GenerationOptions options;
    private final TokenRules rules;
    private final SamplingFilters filters;
    private final TokenDraws draws;
    private final int beams;
    private final Candidates candidates;

    private List<Beam> live = new ArrayList<>();
    private List<Sequence> finished = new ArrayList<>();
    private int length;
    private boolean started;
    private boolean over;

    /** What was chosen from last, or null where nobody asks. */
    private List<Candidate> shown;

    /** Set while a live beam may still become better than the finished ones; once cleared it stays so. */
    private boolean open = true;

    /** A live sequence; {@code score} is the sum of the logarithms of its tokens' probabilities. */
    private record Beam(int[] tokens, float[] logProbabilities, int parent, float score) {

        Sequence sequence(int length, float finalScore) {
            return new Sequence(Arrays.copyOf(tokens, length), finalScore, Arrays.copyOf(logProbabilities, length));
        }
    }

    BeamSearch(int[] prompt, GenerationOptions options, TokenRules rules, int picture) {
        this.options = options;
        this.rules = rules;
        beams = options.beams();
        filters = options.sample() ? new SamplingFilters(options, 1 + Math.max(1, rules.endTokenCount())) : null;
        draws = options.sample() ? new TokenDraws(options.seed(), picture, 0) : null;
        candidates = new Candidates(Math.max(2, 1 + rules.endTokenCount()) * beams);
        length = prompt.length;
        for (int beam = 0; beam < beams; beam++) {
            live.add(new Beam(
                    Arrays.copyOf(prompt, rules.longest()), new float[rules.longest()], 0, beam == 0 ? 0 : NONE));
        }
    }

    @Override
    public int live() {
        return over ? 0 : started ? beams : 1;
    }

    @Override
    public void choose(float[][] logits) {
        collect(logits);
        if (shown != null) {
            shown = new ArrayList<>();
        }
        boolean allEnd = true;
        List<Beam> next = new ArrayList<>(beams);
        List<Beam> ending = new ArrayList<>();
        List<Sequence> ended = new ArrayList<>();
        boolean full = options.earlyStopping() == EarlyStopping.AT_ENOUGH && finished.size() == beams;
        for (int rank = 0; rank < candidates.size(); rank++) {
            Beam from = live.get(candidates.beam(rank));
            Beam beam = extended(from, candidates.beam(rank), candidates.token(rank), candidates.score(rank));
            boolean ends = rules.isEnd(candidates.token(rank)) || length + 1 >= rules.longest();
            allEnd &= ends;
            boolean kept = ends ? rank < beams && open && !full : next.size() < beams;
            if (kept && ends) {
                ended.add(beam.sequence(length + 1, byLength(beam.score, length + 1 - rules.promptLength())));
            } else if (kept) {
                next.add(beam);
            }
            if (ends) {
                ending.add(beam);
            }
            show(rank, from.score, kept);
        }
        // Where too few beams continue, some that ended continue with a hopeless score.
        for (int i = 0; next.size() < beams; i++) {
            Beam hopeless = ending.get(i);
            next.add(new Beam(hopeless.tokens, hopeless.logProbabilities, hopeless.parent, hopeless.score + NONE));
        }
        live = next;
        length++;
        keepBest(ended);
        open = open && couldImprove();
        started = true;
        over = allEnd || !open || options.earlyStopping() == EarlyStopping.AT_ENOUGH && finished.size() == beams;
    }

    private void show(int rank, float before, boolean kept) {
        if (shown != null) {
            float score = candidates.score(rank);
            int from = started ? candidates.beam(rank) : 0;
            shown.add(new Candidate(from, candidates.token(rank), score - before, score, kept));
        }
    }

    @Override
    public void keepCandidates() {
        shown = List.of();
    }

    @Override
    public List<Candidate> candidates() {
        return shown == null ? List.of() : shown;
    }

    private Beam extended(Beam from, int number, int token, float score) {
        int[] tokens = from.tokens.clone();
        tokens[length] = token;
        float[] logProbabilities = from.logProbabilities.clone();
        logProbabilities[length] = score - from.score;
        return new Beam(tokens, logProbabilities, started ? number : 0, score);
    }

    /** Fills {@link #candidates} with the best continuations of all beams, or with some that are drawn. */
    private void collect(float[][] logits) {
        float[][] scores = new float[beams][];
        for (int beam = 0; beam < beams; beam++) {
            if (started || beam == 0) {
                scores[beam] = logits[beam];
                LogSoftmax.apply(scores[beam]);
                rules.apply(live.get(beam).tokens, length, scores[beam]);
                if (filters != null) {
                    filters.apply(scores[beam]);
                }
            } else {
                scores[beam] = scores[0];
            }
        }
        candidates.clear();
        if (draws == null) {
            for (int beam = 0; beam < beams; beam++) {
                candidates.offer(beam, live.get(beam).score, scores[beam]);
            }
        } else {
            candidates.draw(live.stream().map(Beam::score).toList(), scores, draws);
        }
    }

    private void keepBest(List<Sequence> ended) {
        List<Sequence> all = new ArrayList<>(finished);
        all.addAll(ended);
        all.sort(Comparator.comparing(Sequence::score).reversed());
        finished = new ArrayList<>(all.subList(0, Math.min(beams, all.size())));
    }

    /**
     * Returns whether a live beam may become better than the worst finished one, by the reference's heuristic: the best
     * live beam, scored at its present or longest length, decides.
     */
    private boolean couldImprove() {
        if (finished.size() < beams) {
            return true;
        }
        boolean optimistic = options.earlyStopping() == EarlyStopping.NEVER && options.lengthPenalty() > 0;
        int tokens = (optimistic ? rules.longest() : length) - rules.promptLength();
        return byLength(live.getFirst().score, tokens) > finished.getLast().score();
    }

    /**
     * Divides the score by the length to the power of the penalty; a quotient beyond a float becomes the largest float.
     */
    private float byLength(float score, int tokens) {
        double divisor = Math.pow(tokens, options.lengthPenalty());
        float narrow = (float) divisor;
        if (narrow != 0 && Float.isFinite(narrow)) {
            return score / narrow;
        }
        return score == 0 ? 0 : (float) Math.clamp(score / divisor, -Float.MAX_VALUE, Float.MAX_VALUE);
    }

    @Override
    public int parent(int sequence) {
        return live.get(sequence).parent;
    }

    @Override
    public int lastToken(int sequence) {
        return live.get(sequence).tokens[length - 1];
    }

    @Override
    public List<Sequence> unfinished() {
        return live.stream().map(beam -> beam.sequence(length, beam.score)).toList();
    }

    @Override
    public List<Sequence> finished() {
        return finished.subList(0, Math.min(options.returnSequences(), finished.size()));
    }
}
