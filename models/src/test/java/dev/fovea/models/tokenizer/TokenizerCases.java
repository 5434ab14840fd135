package dev.fovea.models.tokenizer;

import dev.fovea.tensor.json.JsonReader;
import dev.fovea.tensor.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The recorded tokenizers, unpacked into folders as checkpoints have them ({@code oracle/tokenizer_cases.py}). */
final class TokenizerCases {
    private TokenizerCases() {}

    static byte[] resource(String name) throws IOException {
        try (InputStream stream = TokenizerCases.class.getResourceAsStream(name)) {
            if (stream == null) throw new IOException("no test resource " + name);
            return name.endsWith(".gz") ? new GZIPInputStream(stream).readAllBytes() : stream.readAllBytes();
        }
    }

    /** Writes the files of tokenizer {@code name} into {@code folder}. */
    static Path unpack(String name, Path folder) throws IOException {
        switch (name) {
            case "clip" -> {
                byte[] merges = resource("clip/merges.txt.gz");
                Files.write(folder.resolve("merges.txt"), merges);
                Files.writeString(
                        folder.resolve("vocab.json"), clipVocabulary(new String(merges, StandardCharsets.UTF_8)));
            }
            case "bert" -> Files.write(folder.resolve("vocab.txt"), resource("bert/vocab.txt.gz"));
            default -> Files.write(folder.resolve("tokenizer.json"), resource(name + "/tokenizer.json"));
        }
        return folder;
    }

    /** CLIP's vocabulary follows from its merges: bytes, bytes that end words, merges, two special tokens. */
    private static String clipVocabulary(String merges) {
        List<String> tokens = new ArrayList<>();
        for (int pass = 0; pass < 2; pass++) {
            for (int c = 0; c < 0x144; c++) {
                boolean prints = c >= 33 && c <= 126 || c >= 161 && c <= 172 || c >= 174 && c < 0x144;
                if (prints) tokens.add((char) c + (pass == 0 ? "" : "</w>"));
            }
        }
        merges.lines().filter(line -> !line.startsWith("#version")).forEach(line -> tokens.add(line.replace(" ", "")));
        tokens.add("<|startoftext|>");
        tokens.add("<|endoftext|>");
        StringBuilder json = new StringBuilder("{");
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id).replace("\\", "\\\\").replace("\"", "\\\"");
            json.append(id == 0 ? "" : ", ")
                    .append('"')
                    .append(token)
                    .append("\": ")
                    .append(id);
        }
        return json.append("}").toString();
    }

    /** Texts with their ids. */
    static List<JsonValue> cases(String name) throws IOException {
        return lines(name + "/cases.jsonl.gz");
    }

    /** Rows of ids drawn at random, with their texts. */
    static List<JsonValue> rowsOfIds(String name) throws IOException {
        return lines(name + "/ids.jsonl.gz");
    }

    static List<JsonValue> lines(String resource) throws IOException {
        List<JsonValue> values = new ArrayList<>();
        for (String line : new String(resource(resource), StandardCharsets.UTF_8).split("\n")) {
            values.add(new JsonReader(line.getBytes(StandardCharsets.UTF_8), resource).value());
        }
        return values;
    }
}
