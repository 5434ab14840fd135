package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.List;
import java.util.Map;

/**
 * The tokenizers whose steps follow from their class: {@code CLIPTokenizer}, {@code RobertaTokenizer} and {@code
 * BertTokenizer} of transformers.
 */
final class KnownTokenizers {
    private static final String CLIP_START = "<|startoftext|>";
    private static final String CLIP_END = "<|endoftext|>";
    private static final int LONGEST_WORD = 100;

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
        if (vocabulary.idOf(content) < 0 && !settings.knows(content)) {
            throw new ModelException(file + ": the " + name + " '" + content
                    + "' is not in the vocabulary; it is not the vocabulary of a model we know, or it is"
                    + " damaged: fetch it again");
        }
        return content;
    }
}
