package dev.fovea.models.decoding;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.check.Finite;
import dev.fovea.models.check.OptionException;
import dev.fovea.models.generation.Generation;
import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.tensor.FoveaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the one loop of every decoder: score the possible next tokens, choose, extend. It works on all pictures of a
 * batch at once, each with its own search, until every search is over.
 */
public final class Generator {

    private final GenerationOptions options;
    private final int[] endTokens;
    private final int positions;
    private final int vocabularySize;

    /** Most bytes of logits that are held at a time. */
    private static final long LOGITS_BYTES = 256L << 20;

    /**
     * Returns how many pictures to write about at a time.
     *
     * @param most an upper bound for other reasons
     */
    public static int picturesAtOnce(int most, GenerationOptions options, int vocabularySize) {
        long bytes = 4L * options.sequences() * vocabularySize;
        return (int) Math.clamp(LOGITS_BYTES / bytes, 1, most);
    }

    /**
     * Makes a generator.
     *
     * @param options how to generate
     * @param endTokens ids any of which ends a sequence
     * @param positions the most tokens of a sequence that the model can read
     * @param vocabularySize how many tokens the model knows
     * @throws FoveaException if the options name a token that it does not know
     */
    public Generator(GenerationOptions options, int[] endTokens, int positions, int vocabularySize) {
        this.options = Arguments.present(options, "options");
        GenerationDefaults.requireKnown(options, vocabularySize);
        this.endTokens = endTokens.clone();
        this.positions = positions;
        this.vocabularySize = vocabularySize;
    }

    /**
     * Returns the most tokens that a decoder's cache has to hold, of all sequences together. Throws before anything is
     * computed if the texts cannot be generated.
     *
     * @param prompts for every picture the tokens that its text begins with
     * @throws FoveaException if a prompt leaves no place for another token, or there are too many sequences
     */
    public int capacity(List<int[]> prompts) {
        requireMemory((long) Arguments.present(prompts, "prompts").size() * options.sequences());
        long capacity = 0;
        for (int[] prompt : prompts) {
            capacity += prompt.length + (long) (longest(prompt.length) - prompt.length) * options.sequences();
        }
        if (capacity > Integer.MAX_VALUE) {
            throw new OptionException(prompts.size() + " pictures with " + options.sequences()
                    + " sequences each of up to " + capacity / prompts.size() / options.sequences()
                    + " tokens are too many at a time; use fewer beams");
        }
        return (int) capacity;
    }

    /**
     * Generates texts with a model's decoder.
     *
     * @param prompts for every picture the tokens that its text begins with
     * @param numbers for every picture its index among all that share the seed: its random numbers depend on it, not on
     *     the batch
     * @param session the model's decoder before its first token, whose cache can hold {@linkplain #capacity enough} of
     *     them
     * @param listener is told of every token
     * @return for every picture what was generated
     * @throws dev.fovea.models.nn.NotFiniteException if the decoder gives scores that are no numbers
     * @throws FoveaException if a prompt leaves no place for another token
     */
    public List<Generation> generate(
            List<int[]> prompts, int[] numbers, DecoderSession session, GenerationListener listener) {
        Arguments.present(prompts, "prompts");
        Arguments.oneForEach(Arguments.present(numbers, "numbers").length, "numbers", prompts.size(), "prompts");
        capacity(prompts); // throws, whichever way the session was made
        List<Search> searches = new ArrayList<>();
        for (int picture = 0; picture < prompts.size(); picture++) {
            Search search = search(prompts.get(picture), numbers[picture]);
            if (listener.wantsCandidates()) {
                search.keepCandidates();
            }
            searches.add(search);
        }
        boolean stopped = run(prompts, searches, session, listener);
        return searches.stream().map(search -> result(search, stopped)).toList();
    }

    private Search search(int[] prompt, int number) {
        TokenRules rules = new TokenRules(options, endTokens, prompt.length, longest(prompt.length));
        return options.beams() > 1
                ? new BeamSearch(prompt, options, rules, number)
                : new IndependentSearch(prompt, options, rules, number);
    }

    private int longest(int promptLength) {
        if (promptLength == 0) {
            throw new FoveaException("the prompt has no tokens; expected at least a start token");
        }
        if (promptLength >= positions) {
            throw new FoveaException("the prompt has " + promptLength + " tokens; this model reads and writes at most "
                    + positions + ", shorten it");
        }
        int longest = options.longest(promptLength);
        if (longest > positions && options.limitsLength()) {
            throw new OptionException("a prompt of " + promptLength + " tokens and " + (longest - promptLength)
                    + " new ones are more than the " + positions + " that this model can write; ask for at most "
                    + (positions - promptLength) + " new tokens");
        }
        if (longest <= promptLength) {
            throw new OptionException("the prompt has " + promptLength + " tokens already and maxLength is " + longest
                    + "; ask for more or use maxNewTokens");
        }
        return Math.min(longest, positions);
    }

    private boolean run(
            List<int[]> prompts, List<Search> searches, DecoderSession session, GenerationListener listener) {
        float[][] logits = new float[searches.size() * options.sequences()][];
        int[] parents = new int[searches.size()];
        Arrays.setAll(parents, picture -> picture);
        int[][] tokens = prompts.toArray(int[][]::new);
        while (parents.length > 0) {
            for (int row = 0; row < parents.length; row++) {
                if (logits[row] == null) {
                    logits[row] = new float[vocabularySize];
                }
            }
            session.advance(parents, tokens, Arrays.copyOf(logits, parents.length));
            for (int row = 0; row < parents.length; row++) {
                Finite.scores(logits[row]);
            }
            List<int[]> next = new ArrayList<>();
            int first = 0;
            for (int picture = 0; picture < searches.size(); picture++) {
                Search search = searches.get(picture);
                int before = search.live();
                if (before == 0) {
                    continue;
                }
                search.choose(Arrays.copyOfRange(logits, first, first + before));
                for (int sequence = 0; sequence < search.live(); sequence++) {
                    next.add(new int[] {first + search.parent(sequence), search.lastToken(sequence)});
                }
                first += before;
                if (listener.wantsCandidates()) {
                    listener.candidates(picture, search.candidates());
                }
                if (listener != GenerationListener.NONE
                        && !listener.tokenAdded(picture, search.unfinished(), search.finished())) {
                    return true;
                }
            }
            parents = next.stream().mapToInt(choice -> choice[0]).toArray();
            tokens = next.stream().map(choice -> new int[] {choice[1]}).toArray(int[][]::new);
        }
        return false;
    }

    /** Throws before anything is computed if the sequences need more memory than Java's heap may hold. */
    private void requireMemory(long sequences) {
        long scores = options.sample() && options.beams() > 1 ? 3 : 1; // for draws without replacement
        double bytes = (double) sequences * (4 * scores * vocabularySize + 8L * positions); // may be beyond a long
        long most = Runtime.getRuntime().maxMemory();
        if (bytes > most / 2) {
            throw new OptionException(
                    "beams or returnSequences ask for " + sequences + " sequences at a time, which take "
                            + (long) (bytes / (1 << 20)) + " MiB of the " + (most >> 20)
                            + " that Java's heap may have; ask for fewer, or give Java more with -Xmx");
        }
    }

    /** Returns the finished sequences, and those of a stopped search with the unfinished ones. */
    private Generation result(Search search, boolean stopped) {
        List<Sequence> sequences = new ArrayList<>(search.finished());
        if (stopped) {
            sequences.addAll(search.unfinished());
            sequences = sequences.subList(0, Math.min(options.returnSequences(), sequences.size()));
        }
        return new Generation(List.copyOf(sequences), stopped);
    }
}
