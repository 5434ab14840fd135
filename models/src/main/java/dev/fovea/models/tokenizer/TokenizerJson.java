package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Builds a tokenizer from a {@code tokenizer.json}; vocabulary and merges are streamed, the rest is small. */
final class TokenizerJson {
    private final Path file;
    private final Vocabulary vocabulary = new Vocabulary();
    private final MergeList merges = new MergeList();
    /** Of the pieces of a unigram model, by their ids. */
    private double[] scores = new double[1 << 10];

    private final Map<String, JsonValue> modelFields = new LinkedHashMap<>();
    private final Map<String, JsonValue> fields = new LinkedHashMap<>();

    private TokenizerJson(Path file) {
        this.file = file;
    }

    /** Reads a file without building a tokenizer yet. */
    static TokenizerJson parse(Path file) {
        TokenizerJson json = new TokenizerJson(file);
        json.parse(new JsonReader(JsonReader.readBytes(file), file));
        return json;
    }

    Path file() {
        return file;
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** Returns the merges, with the given prefix in front of right-hand tokens. */
    Merges merges(String continuingPrefix) {
        if (vocabulary.size() == 0) throw error("has no vocabulary", "fetch it again");
        Merges ranked = new Merges(vocabulary, continuingPrefix, file);
        merges.addTo(ranked);
        return ranked;
    }

    /**
     * Returns whether the model is a byte-pair encoding. Old files do not name the type; only byte-pair encodings have
     * merges.
     */
    boolean isBytePairs() {
        return type().equals("BPE");
    }

    /** Returns whether the model is a unigram model. */
    boolean isUnigram() {
        return type().equals("Unigram");
    }

    private String type() {
        String type = text(modelFields.get("type"));
        if (!type.isEmpty()) return type;
        return !merges.isEmpty() ? "BPE" : "WordPiece";
    }

    private void parse(JsonReader reader) {
        reader.expect('{');
        for (boolean first = true; reader.hasNext(first, '}'); first = false) {
            String name = reader.string();
            reader.expect(':');
            if (name.equals("model") && reader.peek() == '{') parseModel(reader);
            else fields.put(name, reader.value());
        }
        reader.end();
    }

    private void parseModel(JsonReader reader) {
        reader.expect('{');
        for (boolean first = true; reader.hasNext(first, '}'); first = false) {
            String name = reader.string();
            reader.expect(':');
            if (name.equals("vocab") && reader.peek() == '{') TokenizerFiles.readVocabulary(reader, vocabulary, file);
            else if (name.equals("vocab") && reader.peek() == '[') parsePieces(reader);
            else if (name.equals("merges") && reader.peek() == '[') parseMerges(reader);
            else modelFields.put(name, reader.value());
        }
    }

    /** Reads the pieces of a unigram model, {@code [text, score]} each; their ids are their places. */
    private void parsePieces(JsonReader reader) {
        reader.expect('[');
        for (boolean first = true; reader.hasNext(first, ']'); first = false) {
            reader.expect('[');
            int length = reader.stringBytes();
            vocabulary.add(reader.utf8(), 0, length, vocabulary.size(), file);
            reader.expect(',');
            if (vocabulary.size() > scores.length) scores = Arrays.copyOf(scores, 2 * scores.length);
            scores[vocabulary.size() - 1] = Double.parseDouble(reader.number());
            reader.expect(']');
        }
    }

    /** Reads merges. Old files write a merge as one string with a space, new ones as a pair. */
    private void parseMerges(JsonReader reader) {
        reader.expect('[');
        for (boolean first = true; reader.hasNext(first, ']'); first = false) {
            if (reader.skip('[')) {
                int left = reader.stringBytes();
                merges.add(reader.utf8(), 0, left);
                reader.expect(',');
                int right = reader.stringBytes();
                merges.add(reader.utf8(), 0, right);
                reader.expect(']');
                continue;
            }
            int length = reader.stringBytes();
            byte[] merge = reader.utf8();
            int space = 0;
            while (space < length && merge[space] != ' ') space++;
            if (space == 0 || space + 1 >= length) {
                String text = new String(merge, 0, length, StandardCharsets.UTF_8);
                throw error("has the merge '" + text + "', which is not two tokens with a space", "fetch it again");
            }
            merges.add(merge, 0, space);
            merges.add(merge, space + 1, length);
        }
    }

    /** Returns added tokens by the ids that the file gives them. */
    Map<Integer, AddedToken> tokensById() {
        Map<Integer, AddedToken> tokens = new LinkedHashMap<>();
        for (JsonValue token : node("added_tokens").items()) {
            if (!token.get("content").isText() || !token.get("id").isInteger()) {
                throw error("has an added token without content or id", "fetch it again");
            }
            tokens.put(token.get("id").integer(-1), AddedToken.of(token));
        }
        return tokens;
    }

    /** Builds the tokenizer that the file describes, with more added tokens if the settings have some. */
    Tokenizer build(TokenizerSettings settings, TokenizerKind kind) {
        Normalizer written = normalizer(node("normalizer"));
        Normalizer normalizer =
                kind == TokenizerKind.SIGLIP2 ? Normalizer.sequence(List.of(Normalizers::lowercase, written)) : written;
        Model model = model();
        List<AddedToken> tokens = settings.tokens(List.copyOf(tokensById().values()), Map.of());
        boolean mended = !isBytePairs() && settings.flag("clean_up_tokenization_spaces", false);
        AddedTokens added =
                new AddedTokens(tokens, vocabulary, normalizer, settings.flag("split_special_tokens", false));
        boolean isLeft = kind == TokenizerKind.GEMMA || kind == TokenizerKind.SIGLIP2;
        return new Tokenizer(
                        added,
                        preTokenizer(node("pre_tokenizer")),
                        model,
                        postProcessor(node("post_processor")),
                        Decoders.mended(decoder(node("decoder")), mended))
                .withPadding(Padding.of(added, settings, isLeft ? "<pad>" : "", isLeft));
    }

    private Model model() {
        String prefix = text(modelFields.get("continuing_subword_prefix"));
        String unknown = text(modelFields.get("unk_token"));
        switch (type()) {
            case "BPE" -> {
                var rules = new BytePairEncoding.Rules(
                        unknown,
                        prefix,
                        text(modelFields.get("end_of_word_suffix")),
                        flag("fuse_unk"),
                        flag("byte_fallback"),
                        flag("ignore_merges"));
                return new BytePairEncoding(vocabulary, merges(prefix), rules, file);
            }
            case "WordPiece" -> {
                JsonValue longest = modelFields.get("max_input_chars_per_word");
                return new WordPiece(
                        vocabulary,
                        unknown.isEmpty() ? "[UNK]" : unknown,
                        modelFields.containsKey("continuing_subword_prefix") ? prefix : "##",
                        longest == null ? 100 : longest.integer(100),
                        file);
            }
            case "Unigram" -> {
                return unigram();
            }
            default -> throw unknown("model", type(), "BPE, Unigram and WordPiece");
        }
    }

    /** Returns the unigram model of the file. */
    Unigram unigram() {
        if (vocabulary.size() == 0) throw error("has no vocabulary", "fetch it again");
        JsonValue unknown = modelFields.getOrDefault("unk_id", JsonValue.MISSING);
        if (unknown.integer(-1) < 0 || unknown.integer(-1) >= vocabulary.size()) {
            throw error("has the unk_id " + unknown + ", which is none of its tokens", "fetch it again");
        }
        if (flag("byte_fallback"))
            throw error("has byte_fallback in a unigram model", "use a model whose tokenizer we know");
        return Unigram.of(vocabulary, Arrays.copyOf(scores, vocabulary.size()), unknown.integer(-1));
    }

    /** Returns the replacements of the file's normalizer, or null where it has none. */
    CharacterMap characterMap() {
        JsonValue node = node("normalizer");
        List<JsonValue> steps = node.get("type").text("").equals("Sequence")
                ? node.get("normalizers").items()
                : List.of(node);
        for (JsonValue step : steps) {
            if (step.get("type").text("").equals("Precompiled")) return characterMap(step);
        }
        return null;
    }

    private CharacterMap characterMap(JsonValue node) {
        try {
            byte[] map =
                    Base64.getDecoder().decode(node.get("precompiled_charsmap").text(""));
            return CharacterMap.of(ByteBuffer.wrap(map));
        } catch (IllegalArgumentException | IndexOutOfBoundsException damaged) {
            throw error("has a precompiled_charsmap that cannot be read", "fetch it again");
        }
    }

    private boolean flag(String name) {
        JsonValue node = modelFields.get(name);
        return node != null && node.flag(false);
    }

    private Normalizer normalizer(JsonValue node) {
        if (!node.isObject()) return Normalizer.none();
        String type = node.get("type").text("");
        return switch (type) {
            case "Sequence" -> {
                List<Normalizer> steps = new ArrayList<>();
                for (JsonValue step : node.get("normalizers").items()) steps.add(normalizer(step));
                yield steps.isEmpty() ? Normalizer.none() : Normalizer.sequence(steps);
            }
            case "NFC", "NFD", "NFKC", "NFKD" -> Normalizers.form(Form.valueOf(type));
            case "Lowercase" -> Normalizers::lowercase;
            case "Strip" ->
                Normalizers.strip(
                        node.get("strip_left").flag(true),
                        node.get("strip_right").flag(true));
            case "Prepend" -> {
                String prepended = node.get("prepend").text("");
                yield text -> text.isEmpty() ? text : prepended + text;
            }
            case "Replace" -> replace(node.get("pattern"), node.get("content").text(""));
            case "Precompiled" -> Normalizers.precompiled(characterMap(node));
            case "BertNormalizer" -> {
                boolean lowercase = node.get("lowercase").flag(true);
                JsonValue accents = node.get("strip_accents");
                yield Normalizers.bert(
                        node.get("clean_text").flag(true),
                        node.get("handle_chinese_chars").flag(true),
                        accents.flag(lowercase),
                        lowercase);
            }
            default ->
                throw unknown(
                        "normalizer",
                        type,
                        "NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace, Precompiled, BertNormalizer");
        };
    }

    private Normalizer replace(JsonValue pattern, String content) {
        String expression = pattern.get("Regex").text(null);
        if (expression == null) {
            String literal = pattern.get("String").text("");
            return text -> literal.isEmpty() ? text : text.replace(literal, content);
        }
        if (expression.equals("\\s+")) return Normalizers.replaceSpaces(content);
        Pattern compiled = compile(expression);
        String replacement = java.util.regex.Matcher.quoteReplacement(content);
        return text -> compiled.matcher(text).replaceAll(replacement);
    }

    private PreTokenizer preTokenizer(JsonValue node) {
        if (!node.isObject()) return PreTokenizer.none();
        String type = node.get("type").text("");
        return switch (type) {
            case "Sequence" -> {
                List<PreTokenizer> steps = new ArrayList<>();
                for (JsonValue step : node.get("pretokenizers").items()) steps.add(preTokenizer(step));
                yield steps.isEmpty() ? PreTokenizer.none() : PreTokenizer.sequence(steps);
            }
            case "ByteLevel" ->
                PreTokenizers.byteLevel(
                        node.get("add_prefix_space").flag(true),
                        node.get("use_regex").flag(true));
            case "BertPreTokenizer" -> WordSplits.bert();
            case "Whitespace" -> PreTokenizers.regex("\\w+|[^\\w\\s]+", PreTokenizers.Behavior.REMOVED, true);
            case "WhitespaceSplit" -> PreTokenizers.regex("\\s+", PreTokenizers.Behavior.REMOVED, false);
            case "Split" -> split(node);
            case "Metaspace" -> metaspace(node);
            default ->
                throw unknown(
                        "pre_tokenizer",
                        type,
                        "ByteLevel, BertPreTokenizer, Whitespace, WhitespaceSplit, Split, Metaspace");
        };
    }

    private PreTokenizer metaspace(JsonValue node) {
        String scheme = prependScheme(node);
        if (!scheme.equals("always") && !scheme.equals("never")) {
            throw unknown("prepend_scheme", scheme, "always and never");
        }
        return PreTokenizers.metaspace(
                node.get("replacement").text(KnownTokenizers.SPACE),
                scheme.equals("always"),
                node.get("split").flag(true));
    }

    /** Reads today's field, or the older one. */
    private static String prependScheme(JsonValue node) {
        return node.get("prepend_scheme").text(node.get("add_prefix_space").flag(true) ? "always" : "never");
    }

    private PreTokenizer split(JsonValue node) {
        boolean invert = node.get("invert").flag(false);
        String name = node.get("behavior").text("");
        var behavior = switch (name) {
            case "Removed" -> PreTokenizers.Behavior.REMOVED;
            case "Isolated" -> PreTokenizers.Behavior.ISOLATED;
            case "MergedWithPrevious" -> PreTokenizers.Behavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> PreTokenizers.Behavior.MERGED_WITH_NEXT;
            case "Contiguous" -> PreTokenizers.Behavior.CONTIGUOUS;
            default ->
                throw unknown(
                        "split behavior", name, "Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
        };
        String expression = node.get("pattern").get("Regex").text(null);
        if (expression == null)
            expression = Pattern.quote(node.get("pattern").get("String").text(""));
        compile(expression);
        return PreTokenizers.regex(expression, behavior, invert);
    }

    private Pattern compile(String expression) {
        try {
            return Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS);
        } catch (PatternSyntaxException wrong) {
            throw error(
                    "has the regular expression '" + expression + "', which Java does not understand",
                    "use a model whose tokenizer we know");
        }
    }

    private PostProcessor postProcessor(JsonValue node) {
        if (!node.isObject()) return PostProcessor.none();
        String type = node.get("type").text("");
        return switch (type) {
            case "RobertaProcessing", "BertProcessing" ->
                new PostProcessor(
                        new int[] {id(node.get("cls").get(1), "cls")},
                        new int[] {id(node.get("sep").get(1), "sep")});
            case "TemplateProcessing" -> template(node);
            case "ByteLevel" -> PostProcessor.none();
            case "Sequence" -> {
                PostProcessor result = PostProcessor.none();
                for (JsonValue step : node.get("processors").items()) {
                    PostProcessor next = postProcessor(step);
                    if (next.length() > 0) result = next;
                }
                yield result;
            }
            default ->
                throw unknown(
                        "post_processor", type, "RobertaProcessing, BertProcessing, TemplateProcessing, ByteLevel");
        };
    }

    private int id(JsonValue node, String name) {
        if (node.integer(-1) < 0) throw error("gives no id for '" + name + "'", "fetch it again");
        return node.integer(-1);
    }

    private PostProcessor template(JsonValue node) {
        IntList before = new IntList();
        IntList after = new IntList();
        boolean textSeen = false;
        for (JsonValue item : node.get("single").items()) {
            if (!item.get("Sequence").isMissing()) {
                textSeen = true;
                continue;
            }
            String name = item.get("SpecialToken").get("id").text("");
            JsonValue ids = node.get("special_tokens").get(name).get("ids");
            if (ids.items().isEmpty()) throw error("gives no id for '" + name + "'", "fetch it again");
            for (JsonValue id : ids.items()) (textSeen ? after : before).add(id(id, name));
        }
        return new PostProcessor(before.toArray(), after.toArray());
    }

    private Decoder decoder(JsonValue node) {
        if (!node.isObject()) return Decoders.spaces();
        String type = node.get("type").text("");
        return switch (type) {
            case "ByteLevel" -> Utf8Text::new;
            case "WordPiece" ->
                Decoders.wordPiece(
                        node.get("prefix").text("##"), node.get("cleanup").flag(true));
            case "BPEDecoder" -> Decoders.bytePair(node.get("suffix").text("</w>"));
            case "Fuse" -> Decoders.join();
            case "Metaspace" ->
                Decoders.metaspace(
                        node.get("replacement").text(KnownTokenizers.SPACE),
                        !prependScheme(node).equals("never"));
            case "Sequence" -> sequence(node.get("decoders").items());
            default -> throw unknown("decoder", type, "ByteLevel, WordPiece, BPEDecoder, Fuse, Metaspace, Sequence");
        };
    }

    /** Returns the steps of SentencePiece's vocabularies: replacements in each token, bytes, all joined. */
    private Decoder sequence(List<JsonValue> steps) {
        Normalizer replaced = Normalizer.none();
        for (JsonValue step : steps) {
            String type = step.get("type").text("");
            switch (type) {
                case "Replace" ->
                    replaced = Normalizer.sequence(List.of(
                            replaced,
                            replace(step.get("pattern"), step.get("content").text(""))));
                case "ByteFallback", "Fuse" -> {} // both are always done
                default -> throw unknown("step of the decoder", type, "Replace, ByteFallback, Fuse");
            }
        }
        return Decoders.sentencePieces(replaced);
    }

    private JsonValue node(String name) {
        return fields.getOrDefault(name, JsonValue.MISSING);
    }

    private static String text(JsonValue node) {
        return node == null ? "" : node.text("");
    }

    private ModelException unknown(String part, String type, String known) {
        return error("has the " + part + " '" + type + "'; known are " + known, "use a model whose tokenizer we know");
    }

    private ModelException error(String what, String remedy) {
        return new ModelException(file + " " + what + "; " + remedy);
    }
}
