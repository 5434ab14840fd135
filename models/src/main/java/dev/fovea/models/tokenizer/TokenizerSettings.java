package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads the small files beside a vocabulary and merges them as transformers 5 does ({@code
 * PreTrainedTokenizerBase._from_pretrained}). {@code tokenizer_config.json} comes first. Only where that has no {@code
 * added_tokens_decoder} the others are read too: {@code special_tokens_map.json}, whose names win, {@code
 * added_tokens.json}, and the {@code added_tokens} of {@code tokenizer.json}.
 */
final class TokenizerSettings {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String DECLARED = "added_tokens_decoder";
    private static final String EXTRA = "extra_special_tokens";
    private static final String EXTRA_BEFORE = "additional_special_tokens";

    /** The names that every tokenizer has, in the order in which the reference reads them. */
    private static final List<String> NAMES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final Path configFile;
    private final JsonValue config;

    /** Tokens by name, and null where a file says that there is none. */
    private final Map<String, AddedToken> named = new LinkedHashMap<>();

    /** Tokens by the ids that the files give them, of which only the order counts. */
    private final TreeMap<Integer, AddedToken> listed = new TreeMap<>();

    /** The last token of each content that was listed, even where another has taken its id. */
    private final Map<String, AddedToken> byContent = new HashMap<>();

    private final Set<AddedToken> extra = new LinkedHashSet<>();

    /**
     * Reads the files of a folder.
     *
     * @param jsonTokens the {@code added_tokens} of {@code tokenizer.json} by their ids; none without such a file
     */
    TokenizerSettings(Path folder, Map<Integer, AddedToken> jsonTokens) {
        configFile = folder.resolve(CONFIG);
        config = optional(configFile);
        JsonValue declared = config.get(DECLARED);
        JsonValue map = declared.isMissing() ? optional(folder.resolve("special_tokens_map.json")) : JsonValue.MISSING;
        readNames(map);
        readExtra(map);
        if (declared.isMissing()) {
            readAdded(folder.resolve("added_tokens.json"), plainSpecial(map));
            jsonTokens.forEach(this::list);
        } else {
            readDeclared(declared);
        }
        for (String name : NAMES) {
            named.computeIfPresent(name, (key, token) -> byContent.getOrDefault(token.content(), token));
        }
    }

    private static JsonValue optional(Path file) {
        return Files.exists(file) ? JsonReader.readObject(file) : JsonValue.MISSING;
    }

    /** The names of {@link #NAMES} and the model's own, such as {@code image_token}. */
    private void readNames(JsonValue map) {
        Map<String, AddedToken> texts = new LinkedHashMap<>();
        config.fields().forEach((name, node) -> {
            if (NAMES.contains(name)) named.put(name, token(node, AddedToken.of(node)));
            else if (name.endsWith("_token") && node.isText()) texts.put(name, AddedToken.special(node.text("")));
            else if (name.endsWith("_token") && node.isObject()) named.put(name, AddedToken.of(node));
        });
        map.fields().forEach((name, node) -> {
            boolean own = name.endsWith("_token") && (node.isText() || node.isObject());
            if (own || NAMES.contains(name)) named.put(name, token(node, AddedToken.of(node, true)));
        });
        for (JsonValue dictionary : List.of(config.get(EXTRA), map.get(EXTRA))) {
            dictionary.fields().forEach((name, node) -> texts.put(name, token(node, AddedToken.of(node, true))));
        }
        named.putAll(texts);
    }

    /**
     * Returns a token that is given as a text or an object, or null for none.
     *
     * @param object the token of an object, which was read already
     */
    private static AddedToken token(JsonValue node, AddedToken object) {
        if (node.isText()) return AddedToken.special(node.text(""));
        return node.isObject() ? object : null;
    }

    /**
     * Reads special tokens without names, under today's key or the older one, which counts only where the other is not
     * used.
     */
    private void readExtra(JsonValue map) {
        JsonValue own = config.get(EXTRA);
        JsonValue before = config.get(EXTRA_BEFORE);
        boolean empty = own.items().isEmpty() && own.fields().isEmpty();
        boolean taken =
                own.isArray() || empty && before.isArray() || map.get(EXTRA).isArray();
        for (JsonValue node : (empty ? before : own).items()) extra.add(token(node, AddedToken.of(node)));
        for (JsonValue node : map.get(EXTRA).items()) extra.add(token(node, AddedToken.of(node, true)));
        if (!taken) {
            JsonValue last = map.get(EXTRA_BEFORE).isArray() ? map.get(EXTRA_BEFORE) : before;
            for (JsonValue node : last.items()) extra.add(token(node, AddedToken.of(node)));
        }
        extra.remove(null);
    }

    /**
     * Returns the tokens that the reference takes for special while it reads {@code added_tokens.json}: it overlooks
     * objects in the configuration there.
     */
    private Set<String> plainSpecial(JsonValue map) {
        Set<String> contents = new HashSet<>();
        for (String name : NAMES) {
            JsonValue other = map.get(name);
            if (other.isObject()) contents.add(other.get("content").text(""));
            else contents.add(other.text(config.get(name).text("")));
        }
        JsonValue own = config.get(EXTRA);
        boolean empty = own.items().isEmpty() && own.fields().isEmpty();
        for (JsonValue node : (empty ? config.get(EXTRA_BEFORE) : own).items()) contents.add(node.text(""));
        for (JsonValue node : map.get(EXTRA).items())
            contents.add(node.text(node.get("content").text("")));
        return contents;
    }

    /** Reads {@code added_tokens.json}, token to id, which slow tokenizers wrote before transformers 4.34. */
    private void readAdded(Path file, Set<String> special) {
        optional(file).fields().forEach((content, id) -> {
            if (!id.isInteger()) {
                throw new ModelException(file + ": token '" + content + "' has the id " + id
                        + ", expected a whole number; the file is damaged, fetch it again");
            }
            boolean isSpecial = special.contains(content);
            list(id.integer(-1), new AddedToken(content, false, false, false, !isSpecial, isSpecial, false));
        });
    }

    private void readDeclared(JsonValue declared) {
        declared.fields().forEach((id, node) -> {
            if (!id.matches("\\d{1,9}") || !node.get("content").isText()) {
                throw new ModelException(configFile + ": " + DECLARED + " has '" + id + "': " + node
                        + ", expected an id and an object with a content; the file is damaged, fetch it again");
            }
            list(Integer.parseInt(id), AddedToken.of(node));
        });
    }

    private void list(int id, AddedToken token) {
        listed.put(id, token);
        byContent.put(token.content(), token);
    }

    private static Set<String> contents(Iterable<AddedToken> tokens) {
        Set<String> contents = new LinkedHashSet<>();
        tokens.forEach(token -> contents.add(token.content()));
        return contents;
    }

    /** Returns a flag of the configuration, or the fallback where the configuration does not say. */
    boolean flag(String name, boolean fallback) {
        JsonValue node = config.get(name);
        if (!node.isMissing() && !node.isFlag()) {
            throw new ModelException(
                    configFile + ": " + name + " is " + node + ", expected true or false; correct it or take it out");
        }
        return node.flag(fallback);
    }

    /** Returns a text of the configuration. */
    String text(String name, String fallback) {
        return config.get(name).text(fallback);
    }

    /** Returns the complaint about a text of the configuration that is none of those that are known. */
    ModelException wrong(String name, List<String> known) {
        return new ModelException(configFile + ": " + name + " is " + config.get(name) + ", expected one of "
                + String.join(", ", known) + "; correct it or take it out");
    }

    /** Returns the name of the tokenizer's class in transformers; empty if the configuration does not say. */
    String kind() {
        return config.get("tokenizer_class").text("");
    }

    /** Returns the content of a named token. */
    String name(String name, String fallback) {
        AddedToken token = named.get(name);
        return token == null ? fallback : token.content();
    }

    /** Returns whether a file beside the vocabulary mentions a token. */
    boolean knows(String content) {
        return listed.values().stream().anyMatch(token -> token.content().equals(content))
                || named.values().stream()
                        .anyMatch(token -> token != null && token.content().equals(content))
                || extra.stream().anyMatch(token -> token.content().equals(content));
    }

    /**
     * Lists the tokens to add, in the order in which they get their ids.
     *
     * @param present tokens that the tokenizer has already
     * @param defaults contents of named tokens where no file gives them
     */
    List<AddedToken> tokens(List<AddedToken> present, Map<String, String> defaults) {
        Map<String, AddedToken> names = new LinkedHashMap<>();
        for (String name : NAMES) {
            if (named.containsKey(name)) names.put(name, named.get(name));
            else if (defaults.containsKey(name)) names.put(name, AddedToken.special(defaults.get(name)));
        }
        names.putAll(named);
        names.values().removeIf(token -> token == null);
        List<AddedToken> more = new ArrayList<>(listed.values());
        Set<String> known = contents(present);
        known.addAll(contents(more));
        Stream.concat(names.values().stream(), extra.stream())
                .filter(token ->
                        !known.contains(token.content()) && more.stream().noneMatch(token::isLike))
                .forEachOrdered(more::add);
        Set<String> special = contents(names.values());
        List<AddedToken> all = new ArrayList<>(present);
        all.addAll(more.stream()
                .map(token -> special.contains(token.content()) ? token.asSpecial() : token)
                .collect(Collectors.toList()));
        return all;
    }
}
