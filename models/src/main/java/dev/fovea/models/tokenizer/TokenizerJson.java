package dev.fovea.models.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.models.tokenizer.AddedTokens.Added;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Builds a tokenizer from a {@code tokenizer.json}; vocabulary and merges are streamed, the rest is small. */
final class TokenizerJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Vocabulary vocabulary = new Vocabulary();
    private final List<String> merges = new ArrayList<>();
    private final Map<String, JsonNode> modelFields = new LinkedHashMap<>();
    private final Map<String, JsonNode> fields = new LinkedHashMap<>();

    private TokenizerJson(Path file) {
        this.file = file;
    }

    static Tokenizer read(Path file, JsonNode config) {
        TokenizerJson json = new TokenizerJson(file);
        try (JsonParser parser = JSON.createParser(TokenizerFiles.bytes(file))) {
            json.parse(parser);
        } catch (IOException broken) {
            throw TokenizerFiles.broken(file, broken);
        }
        return json.build(config);
    }

    private void parse(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) throw error("is not a JSON object", "fetch it again");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() == JsonToken.START_OBJECT && name.equals("model")) parseModel(parser);
            else fields.put(name, parser.readValueAsTree());
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) throw error("ends too early", "fetch it again");
    }

    private void parseModel(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                TokenizerFiles.readVocabulary(parser, vocabulary, file);
            } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
                parseMerges(parser);
            } else {
                modelFields.put(name, parser.readValueAsTree());
            }
        }
    }

    /** Old files write a merge as one string with a space, new ones as a pair. */
    private void parseMerges(JsonParser parser) throws IOException {
        JsonToken token;
        while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
            if (token == JsonToken.VALUE_STRING) {
                String merge = parser.getText();
                int space = merge.indexOf(' ');
                if (space <= 0 || space + 1 >= merge.length()) {
                    throw error(
                            "has the merge '" + merge + "', which is not two tokens with a space", "fetch it again");
                }
                merges.add(merge.substring(0, space));
                merges.add(merge.substring(space + 1));
                continue;
            }
            String left = token == JsonToken.START_ARRAY ? parser.nextTextValue() : null;
            String right = left == null ? null : parser.nextTextValue();
            if (right == null || parser.nextToken() != JsonToken.END_ARRAY) {
                throw error("has a merge that is not a pair of tokens", "fetch it again");
            }
            merges.add(left);
            merges.add(right);
        }
    }

    private Tokenizer build(JsonNode config) {
        Map<Integer, Added> added = new LinkedHashMap<>();
        for (JsonNode token : node("added_tokens")) {
            if (!token.path("content").isTextual() || !token.path("id").canConvertToInt()) {
                throw error("has an added token without content or id", "fetch it again");
            }
            int id = token.get("id").asInt();
            added.put(id, added(token, id));
        }
        TokenizerFiles.addDeclared(added, config);
        Normalizer normalizer = normalizer(node("normalizer"));
        Model model = model();
        String suffix = text(modelFields.get("end_of_word_suffix"));
        return new Tokenizer(
                new AddedTokens(added.values(), normalizer),
                normalizer,
                preTokenizer(node("pre_tokenizer")),
                model,
                postProcessor(node("post_processor")),
                decoder(node("decoder")),
                suffix.isEmpty() ? UnaryOperator.identity() : TokenizerFiles.endOfWords(suffix));
    }

    private static Added added(JsonNode token, int id) {
        return new Added(
                token.get("content").asText(),
                id,
                token.path("single_word").asBoolean(false),
                token.path("lstrip").asBoolean(false),
                token.path("rstrip").asBoolean(false),
                token.path("normalized").asBoolean(false),
                token.path("special").asBoolean(false));
    }

    private Model model() {
        String type = text(modelFields.get("type"));
        // Old files do not name the type; only byte-pair encodings have merges.
        if (type.isEmpty()) type = !merges.isEmpty() ? "BPE" : "WordPiece";
        String prefix = text(modelFields.get("continuing_subword_prefix"));
        String unknown = text(modelFields.get("unk_token"));
        switch (type) {
            case "BPE" -> {
                if (vocabulary.size() == 0) throw error("has no vocabulary", "fetch it again");
                Merges ranked = new Merges(vocabulary, prefix, file);
                for (int i = 0; i < merges.size(); i += 2) ranked.add(merges.get(i), merges.get(i + 1));
                var rules = new BytePairEncoding.Rules(
                        vocabulary.idOf(unknown) < 0 ? "" : unknown,
                        prefix,
                        text(modelFields.get("end_of_word_suffix")),
                        flag("fuse_unk"),
                        flag("byte_fallback"),
                        flag("ignore_merges"));
                return new BytePairEncoding(vocabulary, ranked, rules, file);
            }
            case "WordPiece" -> {
                JsonNode longest = modelFields.get("max_input_chars_per_word");
                return new WordPiece(
                        vocabulary,
                        unknown.isEmpty() ? "[UNK]" : unknown,
                        modelFields.containsKey("continuing_subword_prefix") ? prefix : "##",
                        longest == null ? 100 : longest.asInt(100),
                        file);
            }
            default -> throw unknown("model", type, "BPE and WordPiece");
        }
    }

    private boolean flag(String name) {
        JsonNode node = modelFields.get(name);
        return node != null && node.asBoolean(false);
    }

    private Normalizer normalizer(JsonNode node) {
        if (!node.isObject()) return Normalizer.none();
        String type = node.path("type").asText();
        return switch (type) {
            case "Sequence" -> {
                List<Normalizer> steps = new ArrayList<>();
                for (JsonNode step : node.path("normalizers")) steps.add(normalizer(step));
                yield steps.isEmpty() ? Normalizer.none() : Normalizer.sequence(steps);
            }
            case "NFC", "NFD", "NFKC", "NFKD" -> Normalizers.form(Form.valueOf(type));
            case "Lowercase" -> Normalizers::lowercase;
            case "Strip" ->
                Normalizers.strip(
                        node.path("strip_left").asBoolean(true),
                        node.path("strip_right").asBoolean(true));
            case "Prepend" -> {
                String prepended = node.path("prepend").asText();
                yield text -> text.isEmpty() ? text : prepended + text;
            }
            case "Replace" -> replace(node.path("pattern"), node.path("content").asText());
            case "BertNormalizer" -> {
                boolean lowercase = node.path("lowercase").asBoolean(true);
                JsonNode accents = node.path("strip_accents");
                yield Normalizers.bert(
                        node.path("clean_text").asBoolean(true),
                        node.path("handle_chinese_chars").asBoolean(true),
                        accents.isBoolean() ? accents.asBoolean() : lowercase,
                        lowercase);
            }
            default ->
                throw unknown(
                        "normalizer", type, "NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace, BertNormalizer");
        };
    }

    private Normalizer replace(JsonNode pattern, String content) {
        String expression = pattern.path("Regex").asText(null);
        if (expression == null) {
            String literal = pattern.path("String").asText();
            return text -> literal.isEmpty() ? text : text.replace(literal, content);
        }
        if (expression.equals("\\s+")) return Normalizers.replaceSpaces(content);
        Pattern compiled = compile(expression);
        String replacement = java.util.regex.Matcher.quoteReplacement(content);
        return text -> compiled.matcher(text).replaceAll(replacement);
    }

    private PreTokenizer preTokenizer(JsonNode node) {
        if (!node.isObject()) return PreTokenizer.none();
        String type = node.path("type").asText();
        return switch (type) {
            case "Sequence" -> {
                List<PreTokenizer> steps = new ArrayList<>();
                for (JsonNode step : node.path("pretokenizers")) steps.add(preTokenizer(step));
                yield steps.isEmpty() ? PreTokenizer.none() : PreTokenizer.sequence(steps);
            }
            case "ByteLevel" ->
                PreTokenizers.byteLevel(
                        node.path("add_prefix_space").asBoolean(true),
                        node.path("use_regex").asBoolean(true));
            case "BertPreTokenizer" -> WordSplits.bert();
            case "Whitespace" -> PreTokenizers.regex("\\w+|[^\\w\\s]+", PreTokenizers.Behavior.REMOVED, true);
            case "WhitespaceSplit" -> PreTokenizers.regex("\\s+", PreTokenizers.Behavior.REMOVED, false);
            case "Split" -> split(node);
            default ->
                throw unknown("pre_tokenizer", type, "ByteLevel, BertPreTokenizer, Whitespace, WhitespaceSplit, Split");
        };
    }

    private PreTokenizer split(JsonNode node) {
        boolean invert = node.path("invert").asBoolean(false);
        String name = node.path("behavior").asText();
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
        String expression = node.path("pattern").path("Regex").asText(null);
        if (expression == null)
            expression = Pattern.quote(node.path("pattern").path("String").asText());
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

    private PostProcessor postProcessor(JsonNode node) {
        if (!node.isObject()) return PostProcessor.none();
        String type = node.path("type").asText();
        return switch (type) {
            case "RobertaProcessing", "BertProcessing" ->
                new PostProcessor(
                        new int[] {id(node.path("cls").path(1), "cls")},
                        new int[] {id(node.path("sep").path(1), "sep")});
            case "TemplateProcessing" -> template(node);
            case "ByteLevel" -> PostProcessor.none();
            case "Sequence" -> {
                PostProcessor result = PostProcessor.none();
                for (JsonNode step : node.path("processors")) {
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

    private int id(JsonNode node, String name) {
        if (!node.canConvertToInt() || node.asInt() < 0)
            throw error("gives no id for '" + name + "'", "fetch it again");
        return node.asInt();
    }

    private PostProcessor template(JsonNode node) {
        IntList before = new IntList();
        IntList after = new IntList();
        boolean textSeen = false;
        for (JsonNode item : node.path("single")) {
            if (item.has("Sequence")) {
                textSeen = true;
                continue;
            }
            String name = item.path("SpecialToken").path("id").asText();
            JsonNode ids = node.path("special_tokens").path(name).path("ids");
            if (ids.isEmpty()) throw error("gives no id for '" + name + "'", "fetch it again");
            for (JsonNode id : ids) (textSeen ? after : before).add(id(id, name));
        }
        return new PostProcessor(before.toArray(), after.toArray());
    }

    private Decoder decoder(JsonNode node) {
        if (!node.isObject()) return Decoder.spaces();
        String type = node.path("type").asText();
        return switch (type) {
            case "ByteLevel" -> ByteAlphabet::decode;
            case "WordPiece" ->
                Decoders.wordPiece(
                        node.path("prefix").asText("##"), node.path("cleanup").asBoolean(true));
            case "BPEDecoder" -> Decoders.bytePair(node.path("suffix").asText("</w>"));
            case "Fuse" -> Decoders::join;
            default -> throw unknown("decoder", type, "ByteLevel, WordPiece, BPEDecoder, Fuse");
        };
    }

    private JsonNode node(String name) {
        JsonNode node = fields.get(name);
        return node == null ? JSON.nullNode() : node;
    }

    private static String text(JsonNode node) {
        return node == null || !node.isTextual() ? "" : node.asText();
    }

    private FoveaException unknown(String part, String type, String known) {
        return error("has the " + part + " '" + type + "'; known are " + known, "use a model whose tokenizer we know");
    }

    private FoveaException error(String what, String remedy) {
        return new FoveaException(file + " " + what + "; " + remedy);
    }
}
