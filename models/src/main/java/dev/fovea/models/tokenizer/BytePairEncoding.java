package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Byte-pair encoding (Sennrich et al. 2016) as Hugging Face's {@code tokenizers} runs it: a piece starts as its
 * characters, and among all neighbours the pair with the lowest rank, leftmost first, is merged until none is left.
 */
final class BytePairEncoding implements Model {
    /**
     * Longest piece that is merged by scanning; longer ones use a queue, since scanning for the best pair is quadratic.
     */
    private static final int SCAN_LIMIT = 48;

    private static final int CACHE_LIMIT = 20_000;
    private static final int CACHED_LENGTH = 64;

    /**
     * The affixes of a vocabulary's symbols and the treatment of unknown ones. Empty strings and a missing unknown
     * token are usual.
     */
    record Rules(
            String unknownToken,
            String continuingPrefix,
            String endOfWordSuffix,
            boolean fuseUnknown,
            boolean byteFallback,
            boolean ignoreMerges) {

        /** Rules without affixes, by which unknown symbols are left out. */
        static final Rules NONE = new Rules("", "", "", false, false, false);
    }

    private final Vocabulary vocabulary;
    private final Rules rules;
    private final Object source;
    private final int unknownId;
    private final int[] alphabet;
    private final int[] alphabetAtEnd;
    private final Merges merges;
    private final ConcurrentHashMap<String, int[]> cache = new ConcurrentHashMap<>();

    BytePairEncoding(Vocabulary vocabulary, Merges merges, Rules rules, Object source) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.rules = rules;
        this.source = source;
        unknownId = rules.unknownToken.isEmpty() ? -1 : vocabulary.idOf(rules.unknownToken);
        alphabet = new int[ByteAlphabet.SIZE];
        alphabetAtEnd = new int[ByteAlphabet.SIZE];
        for (int c = 0; c < ByteAlphabet.SIZE; c++) {
            alphabet[c] = vocabulary.idOf(String.valueOf((char) c));
            alphabetAtEnd[c] = vocabulary.idOf(String.valueOf((char) c).concat(rules.endOfWordSuffix));
        }
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int[] tokenize(String piece) {
        if (piece.length() > CACHED_LENGTH) return encode(piece);
        int[] ids = cache.get(piece);
        if (ids == null) {
            ids = encode(piece);
            if (cache.size() < CACHE_LIMIT) cache.put(piece, ids);
        }
        return ids;
    }

    private int[] encode(String piece) {
        if (rules.ignoreMerges) {
            int whole = vocabulary.idOf(piece);
            if (whole >= 0) return new int[] {whole};
        }
        int[] symbols = symbols(piece);
        return symbols.length <= SCAN_LIMIT ? mergeByScanning(symbols) : new MergeQueue(symbols, merges).run();
    }

    /**
     * Merges by the textbook loop. {@link MergeQueue} gives equal results for long pieces without its quadratic time.
     */
    private int[] mergeByScanning(int[] symbols) {
        int size = symbols.length;
        while (mergeBest(symbols, size) != Merges.NONE) size--;
        return size == symbols.length ? symbols : Arrays.copyOf(symbols, size);
    }

    /** Merges the best pair of the first {@code size} symbols and returns its rank; {@link Merges#NONE} if none is. */
    private int mergeBest(int[] symbols, int size) {
        int best = Merges.NONE;
        int at = -1;
        for (int i = 0; i + 1 < size; i++) {
            int rank = merges.rank(symbols[i], symbols[i + 1]);
            if (rank < best) {
                best = rank;
                at = i;
            }
        }
        if (at >= 0) {
            symbols[at] = merges.result(best);
            System.arraycopy(symbols, at + 2, symbols, at + 1, size - at - 2);
        }
        return best;
    }

    @Override
    public List<MergeStep> steps(String piece) {
        if (rules.ignoreMerges && vocabulary.idOf(piece) >= 0) {
            return List.of(new MergeStep(tokenize(piece), -1));
        }
        int[] symbols = symbols(piece);
        List<MergeStep> steps = new ArrayList<>(List.of(new MergeStep(symbols.clone(), -1)));
        int size = symbols.length;
        for (int rank = mergeBest(symbols, size); rank != Merges.NONE; rank = mergeBest(symbols, size)) {
            size--;
            steps.add(new MergeStep(Arrays.copyOf(symbols, size), rank));
        }
        return steps;
    }

    /** Returns the ids of the single characters of a piece; the last one carries the end-of-word suffix. */
    private int[] symbols(String piece) {
        IntList ids = new IntList();
        boolean afterUnknown = false;
        for (int i = 0; i < piece.length(); ) {
            int codePoint = piece.codePointAt(i);
            int next = i + Character.charCount(codePoint);
            int id = symbol(codePoint, i == 0, next == piece.length());
            if (id < 0 && rules.byteFallback) {
                int[] bytes = byteTokens(codePoint);
                if (bytes != null) {
                    ids.addAll(bytes);
                    afterUnknown = false;
                    i = next;
                    continue;
                }
            }
            if (id < 0 && unknownId < 0 && !rules.unknownToken.isEmpty()) {
                throw new ModelException(source + ": neither '" + Character.toString(codePoint)
                        + "' nor the unknown token '" + rules.unknownToken
                        + "' is in the vocabulary; the tokenizer files do not belong together, fetch them again");
            }
            if (id >= 0) ids.add(id);
            else if (unknownId >= 0 && !(afterUnknown && rules.fuseUnknown)) ids.add(unknownId);
            afterUnknown = id < 0;
            i = next;
        }
        return ids.toArray();
    }

    private int symbol(int codePoint, boolean first, boolean last) {
        if (codePoint < ByteAlphabet.SIZE && (first || rules.continuingPrefix.isEmpty())) {
            return last ? alphabetAtEnd[codePoint] : alphabet[codePoint];
        }
        String text = Character.toString(codePoint);
        if (!first) text = rules.continuingPrefix + text;
        if (last) text += rules.endOfWordSuffix;
        return vocabulary.idOf(text);
    }

    private int[] byteTokens(int codePoint) {
        byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            ids[i] = vocabulary.idOf(String.format("<0x%02X>", bytes[i] & 0xFF));
            if (ids[i] < 0) return null;
        }
        return ids;
    }
}
