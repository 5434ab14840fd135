package dev.fovea.models.tokenizer;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns text into token ids and back, exactly as Hugging Face's fast tokenizers do, by the files that checkpoints
 * carry.
 *
 * <p>A text passes added tokens (cut out), normalizer (cleaned), pre-tokenizer (split into pieces), model (pieces to
 * ids) and post-processor (start and end tokens). Immutable and safe to use from many threads at once.
 */
public final class Tokenizer {
    private final AddedTokens addedTokens;
    private final PreTokenizer preTokenizer;
    private final Model model;
    private final PostProcessor postProcessor;
    private final Decoder decoder;
    private final Padding padding;
    private final String opening;
    private final Normalizer cleaning;

    /** Makes a tokenizer whose texts are never padded and have no opening. */
    Tokenizer(
            AddedTokens addedTokens,
            PreTokenizer preTokenizer,
            Model model,
            PostProcessor postProcessor,
            Decoder decoder) {
        this(addedTokens, preTokenizer, model, postProcessor, decoder, Padding.NONE, "", Normalizer.none());
    }

    private Tokenizer(
            AddedTokens addedTokens,
            PreTokenizer preTokenizer,
            Model model,
            PostProcessor postProcessor,
            Decoder decoder,
            Padding padding,
            String opening,
            Normalizer cleaning) {
        this.addedTokens = addedTokens;
        this.preTokenizer = preTokenizer;
        this.model = model;
        this.postProcessor = postProcessor;
        this.decoder = decoder;
        this.padding = padding;
        this.opening = opening;
        this.cleaning = cleaning;
    }

    /** Returns this tokenizer with padding. */
    Tokenizer withPadding(Padding other) {
        return new Tokenizer(addedTokens, preTokenizer, model, postProcessor, decoder, other, opening, cleaning);
    }

    /**
     * Returns this tokenizer with a sign that goes before each text, in which it is a space elsewhere. It is left out
     * again where a special token follows at once.
     */
    Tokenizer withOpening(String sign) {
        return new Tokenizer(addedTokens, preTokenizer, model, postProcessor, decoder, padding, sign, cleaning);
    }

    /** Returns this tokenizer with a step before all others. */
    Tokenizer withCleaning(Normalizer step) {
        return new Tokenizer(addedTokens, preTokenizer, model, postProcessor, decoder, padding, opening, step);
    }

    /**
     * Reads the tokenizer of a checkpoint: {@code tokenizer.json}, or {@code vocab.json} with {@code merges.txt}
     * (CLIP), or {@code vocab.txt} (BERT), or {@code spiece.model} (SigLIP), with {@code tokenizer_config.json}, {@code
     * special_tokens_map.json} and {@code added_tokens.json} beside it where they are there.
     *
     * @param folder the checkpoint's folder
     * @throws FoveaException if files are missing, damaged or of an unknown kind
     */
    public static Tokenizer load(Path folder) {
        return TokenizerFiles.load(folder);
    }

    /**
     * Returns this tokenizer with more special tokens, as {@code add_special_tokens} of transformers adds them. Each
     * that is new gets the next id, is found anywhere in raw text, and is left out of decoded text on request.
     */
    public Tokenizer withSpecialTokens(List<String> tokens) {
        AddedTokens all =
                addedTokens.with(tokens.stream().map(AddedToken::special).toList());
        return new Tokenizer(all, preTokenizer, model, postProcessor, decoder, padding, opening, cleaning);
    }

    /** Returns the ids of a text of any length, start and end tokens included. */
    public int[] encode(String text) {
        IntList ids = pieces(text);
        return postProcessor.surround(ids.toArray(), ids.size());
    }

    /**
     * Returns the ids of a text, at most {@code maxLength}. Of a longer text the first tokens are kept, and the end
     * token stays at the end.
     *
     * @param maxLength largest number of ids, start and end tokens included
     * @throws FoveaException if not even start and end tokens fit
     */
    public Encoding encode(String text, int maxLength) {
        int room = maxLength - postProcessor.length();
        if (room < 0) {
            throw new FoveaException("at most " + maxLength + " tokens leave no room for the " + postProcessor.length()
                    + " start and end tokens; allow more");
        }
        IntList ids = pieces(text);
        int kept = Math.min(ids.size(), room);
        return new Encoding(postProcessor.surround(ids.toArray(), kept), kept < ids.size());
    }

    /**
     * Fills up the ids of a text with the padding token, on the side that the tokenizer's files say.
     *
     * @param length number of ids that a model was trained on; longer texts stay as they are
     * @throws FoveaException if the tokenizer has no padding token
     */
    public int[] padded(int[] ids, int length) {
        if (padding.id() < 0) {
            throw new ModelException("the tokenizer has no pad_token, with which the model's texts are filled up; fetch"
                    + " tokenizer_config.json again");
        }
        return padding.fill(ids, length);
    }

    private IntList pieces(String text) {
        String whole = cleaning.normalize(wellFormed(text));
        String opened = opening.isEmpty() ? whole : opening + whole.replace(opening, " ");
        int openingId = opening.isEmpty() ? -1 : idOf(opening);
        IntList ids = new IntList();
        addedTokens.split(
                opened,
                id -> {
                    if (ids.size() == 1 && ids.get(0) == openingId) ids.clear();
                    ids.add(id);
                },
                part -> preTokenizer.split(part, piece -> ids.addAll(model.tokenize(piece))));
        return ids;
    }

    /**
     * Returns the pieces of a text and how each becomes tokens. Added tokens, and start and end tokens, are none of
     * them.
     */
    public List<PieceSteps> steps(String text) {
        List<PieceSteps> pieces = new ArrayList<>();
        addedTokens.split(
                cleaning.normalize(wellFormed(text)),
                id -> {},
                part -> preTokenizer.split(part, piece -> pieces.add(new PieceSteps(piece, model.steps(piece)))));
        return pieces;
    }

    /** Replaces halves of surrogate pairs by U+FFFD: Java strings can hold them, UTF-8 texts cannot. */
    private static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                StringBuilder result = new StringBuilder(text.length());
                text.codePoints()
                        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                        .forEach(result::appendCodePoint);
                return result.toString();
            }
        }
        return text;
    }

    /**
     * Returns the text that ids stand for. White space and case differ from the original where the tokenizer does not
     * keep them.
     *
     * @param skipSpecialTokens whether start, end and other special tokens are left out; ids outside the vocabulary
     *     always are
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        Decoder.Text text = decoder.begin();
        for (int id : ids) append(id, skipSpecialTokens, text);
        return text.text();
    }

    /**
     * Returns where each token's part ends in the decoded text: what tokens after the i-th add begins after {@code
     * ends[i]} characters. A character whose bytes several tokens bring belongs to the first of them, but the second
     * half of a surrogate pair to the last. Exactly: the first {@code i + 1} tokens decode to that many characters,
     * unless more tokens make the text shorter again, as those do that spell out the end of a word.
     *
     * @param skipSpecialTokens as for {@link #decode}
     * @return as many as ids, never falling; the last is the length of the decoded text
     */
    public int[] ends(int[] ids, boolean skipSpecialTokens) {
        Decoder.Text text = decoder.begin();
        int[] ends = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            append(ids[i], skipSpecialTokens, text);
            ends[i] = text.length();
        }
        for (int i = ids.length - 2; i >= 0; i--) ends[i] = Math.min(ends[i], ends[i + 1]);
        return ends;
    }

    private void append(int id, boolean skipSpecialTokens, Decoder.Text text) {
        String added = addedTokens.decoded(id);
        String token = added != null ? added : model.vocabulary().tokenOf(id);
        if (token == null || skipSpecialTokens && addedTokens.isSpecial(token)) return;
        text.add(token);
    }

    /**
     * Returns the id of a token as it is spelled in the vocabulary, such as {@code "dog</w>"} or {@code
     * "<|endoftext|>"}; -1 if there is none.
     */
    public int idOf(String token) {
        Integer id = addedTokens.idOf(token);
        return id == null ? -1 : id;
    }

    /** Returns the token of an id as it is spelled in the vocabulary; null if there is none. */
    public String tokenOf(int id) {
        AddedToken added = addedTokens.at(id);
        return added != null ? added.content() : model.vocabulary().tokenOf(id);
    }

    /** Returns the number of tokens in the vocabulary, without added ones that are not part of it. */
    public int size() {
        return model.vocabulary().size();
    }
}
