package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The tokenizers whose steps follow from their class: {@code CLIPTokenizer}, {@code RobertaTokenizer}, {@code
 * BertTokenizer} and {@code SiglipTokenizer} of transformers.
 */
final class KnownTokenizers {
    private static final String CLIP_START = "<|startoftext|>";
    private static final String CLIP_END = "<|endoftext|>";
    private static final int LONGEST_WORD = 100;

    /** The sign that stands for a space in the pieces of SentencePiece. */
    static final String SPACE = "\u2581";

    private KnownTokenizers() {}

    /** Makes CLIP's tokenizer: whatever the file says of case, a text becomes lower case. */
    static Tokenizer clip(Vocabulary vocabulary, Merges merges, TokenizerSettings settings, Path file) {
        String start = required("bos_token", CLIP_START, vocabulary, settings, file);
        String end = required("eos_token", CLIP_END, vocabulary, settings, file);
        String unknown = required("unk_token", CLIP_END, vocabulary, settings, file);
        Normalizer normalizer = Normalizer.sequence(
                List.of(Normalizers.form(Form.NFC), Normalizers.replaceSpaces(" "), Normalizers::lowercase));
        Map<String, String> names =
                Map.of("bos_token", CLIP_START, "eos_token", CLIP_END, "unk_token", CLIP_END, "pad_token", CLIP_END);
        AddedTokens added = added(names, vocabulary, normalizer, settings);
        var rules = new BytePairEncoding.Rules(unknown, "", "</w>", false, false, false);
        return new Tokenizer(
                added,
                PreTokenizer.sequence(List.of(WordSplits.clip(true), PreTokenizers.byteLevel(false, true))),
                new BytePairEncoding(vocabulary, merges, rules, file),
                around(added, start, end),
                Decoders.endOfWords(Utf8Text::new, "</w>"));
    }

    /** Makes BART's tokenizer, which is RoBERTa's: texts are between {@code cls_token} and {@code sep_token}. */
    static Tokenizer bart(Vocabulary vocabulary, Merges merges, TokenizerSettings settings, Path file) {
        String start = required("cls_token", "<s>", vocabulary, settings, file);
        String end = required("sep_token", "</s>", vocabulary, settings, file);
        Map<String, String> names = Map.of(
                "bos_token", "<s>",
                "eos_token", "</s>",
                "unk_token", "<unk>",
                "sep_token", "</s>",
                "pad_token", "<pad>",
                "cls_token", "<s>",
                "mask_token", "<mask>");
        AddedTokens added = added(names, vocabulary, Normalizer.none(), settings);
        return new Tokenizer(
                added,
                PreTokenizers.byteLevel(settings.flag("add_prefix_space", false), true),
                new BytePairEncoding(vocabulary, merges, BytePairEncoding.Rules.NONE, file),
                around(added, start, end),
                Utf8Text::new);
    }

    /**
     * Makes BERT's tokenizer: its three flags come from {@code tokenizer_config.json}, not from {@code tokenizer.json}.
     */
    static Tokenizer bert(Vocabulary vocabulary, TokenizerSettings settings, Path file) {
        String start = required("cls_token", "[CLS]", vocabulary, settings, file);
        String end = required("sep_token", "[SEP]", vocabulary, settings, file);
        boolean lowercase = settings.flag("do_lower_case", true);
        Normalizer normalizer = Normalizers.bert(
                true,
                settings.flag("tokenize_chinese_chars", true),
                settings.flag("strip_accents", lowercase),
                lowercase);
        Map<String, String> names = Map.of(
                "unk_token", "[UNK]",
                "sep_token", "[SEP]",
                "pad_token", "[PAD]",
                "cls_token", "[CLS]",
                "mask_token", "[MASK]");
        AddedTokens added = added(names, vocabulary, normalizer, settings);
        return new Tokenizer(
                added,
                WordSplits.bert(),
                new WordPiece(vocabulary, settings.name("unk_token", "[UNK]"), "##", LONGEST_WORD, file),
                around(added, start, end),
                Decoders.mended(Decoders.wordPiece("##", true), settings.flag("clean_up_tokenization_spaces", false)));
    }

    /**
     * Makes SigLIP's tokenizer: lower case without punctuation, then the pieces of its vocabulary. The reference cuts
     * each part of a text behind the words {@code <unk>} and drops their tokens, so that SentencePiece keeps a space
     * before the first word where there is one.
     */
    static Tokenizer siglip(SentencePieceFile pieces, TokenizerSettings settings, Path file) {
        Unigram unigram = Unigram.of(pieces, file);
        Vocabulary vocabulary = unigram.vocabulary();
        String end = required("eos_token", "</s>", vocabulary, settings, file);
        String unknown = required("unk_token", "<unk>", vocabulary, settings, file);
        AddedTokens added = added(
                Map.of("eos_token", "</s>", "unk_token", "<unk>", "pad_token", "</s>"),
                vocabulary,
                Normalizer.none(),
                settings);
        Normalizer cleaned = pieces.normalizer();
        boolean lowercase = settings.flag("do_lower_case", true);
        return new Tokenizer(
                        added,
                        (text, parts) ->
                                parts.accept(TextCleaning.plain(lowercase ? text.toLowerCase(Locale.ROOT) : text)),
                        new PiecesBehind(unigram, cleaned, unknown),
                        new PostProcessor(new int[0], new int[] {added.idOf(end)}),
                        Decoders.sentencePieces(piece -> piece.replace(SPACE, " ")))
                .withPadding(Padding.of(added, settings, "</s>", false))
                .withOpening(SPACE);
    }

    /**
     * Makes XLM-RoBERTa's tokenizer of the pieces and the replacements of a {@code tokenizer.json}: words at spaces,
     * each with a sign for the space before it.
     */
    static Tokenizer xlmRoberta(TokenizerJson json, TokenizerSettings settings) {
        Vocabulary vocabulary = json.vocabulary();
        String start = required("bos_token", "<s>", vocabulary, settings, json.file());
        String end = required("eos_token", "</s>", vocabulary, settings, json.file());
        Map<String, String> names = Map.of(
                "bos_token", "<s>",
                "eos_token", "</s>",
                "unk_token", "<unk>",
                "sep_token", "</s>",
                "pad_token", "<pad>",
                "cls_token", "<s>",
                "mask_token", "<mask>");
        AddedTokens added = added(names, vocabulary, replacements(json), settings);
        return ofWords(json, added, settings.flag("add_prefix_space", true), around(added, start, end));
    }

    /** Makes T5's tokenizer, which differs from XLM-RoBERTa's in its special tokens: texts have no start token. */
    static Tokenizer t5(TokenizerJson json, TokenizerSettings settings) {
        Vocabulary vocabulary = json.vocabulary();
        String end = required("eos_token", "</s>", vocabulary, settings, json.file());
        AddedTokens added = added(
                Map.of("eos_token", "</s>", "unk_token", "<unk>", "pad_token", "<pad>"),
                vocabulary,
                replacements(json),
                settings);
        return ofWords(json, added, true, new PostProcessor(new int[0], new int[] {added.idOf(end)}))
                .withPadding(Padding.of(added, settings, "<pad>", false));
    }

    private static Normalizer replacements(TokenizerJson json) {
        CharacterMap map = json.characterMap();
        return map == null ? Normalizer.none() : Normalizers.precompiled(map);
    }

    /** Makes a tokenizer that splits at white space and cuts each word into pieces by their probabilities. */
    private static Tokenizer ofWords(
            TokenizerJson json, AddedTokens added, boolean isPrepended, PostProcessor postProcessor) {
        return new Tokenizer(
                added,
                PreTokenizer.sequence(List.of(
                        PreTokenizers.regex("\\s+", PreTokenizers.Behavior.REMOVED, false),
                        PreTokenizers.metaspace(SPACE, isPrepended, true))),
                json.unigram(),
                postProcessor,
                Decoders.metaspace(SPACE, isPrepended));
    }

    /** Cuts a text that stands behind some words, and drops as many tokens as these words have alone. */
    private record PiecesBehind(Unigram unigram, Normalizer cleaned, String words, int dropped) implements Model {

        PiecesBehind(Unigram unigram, Normalizer cleaned, String words) {
            this(unigram, cleaned, words, unigram.tokenize(cleaned.normalize(words)).length);
        }

        @Override
        public int[] tokenize(String piece) {
            int[] ids = unigram.tokenize(cleaned.normalize(words + piece));
            return ids.length < dropped ? ids : Arrays.copyOfRange(ids, dropped, ids.length);
        }

        @Override
        public Vocabulary vocabulary() {
            return unigram.vocabulary();
        }
    }

    private static AddedTokens added(
            Map<String, String> names, Vocabulary vocabulary, Normalizer normalizer, TokenizerSettings settings) {
        return new AddedTokens(
                settings.tokens(List.of(), names),
                vocabulary,
                normalizer,
                settings.flag("split_special_tokens", false));
    }

    private static PostProcessor around(AddedTokens added, String start, String end) {
        return new PostProcessor(new int[] {added.idOf(start)}, new int[] {added.idOf(end)});
    }

    /** Returns the content of a named token, which the vocabulary must have unless the files beside it add it. */
    private static String required(
            String name, String fallback, Vocabulary vocabulary, TokenizerSettings settings, Path file) {
        String content = settings.name(name, fallback);
        if (content.isEmpty() || vocabulary.idOf(content) < 0 && !settings.knows(content)) {
            throw new ModelException(file + ": the " + name + " '" + content
                    + "' is not in the vocabulary; it is not the vocabulary of a model we know, or it is"
                    + " damaged: fetch it again");
        }
        return content;
    }
}
