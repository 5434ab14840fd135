package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.json.JsonReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Finds and reads the tokenizer's files in a checkpoint's folder. */
final class TokenizerFiles {
    private TokenizerFiles() {}

    static Tokenizer load(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + " is not a folder; a tokenizer is read from a checkpoint's folder");
        }
        Path json = folder.resolve("tokenizer.json");
        TokenizerJson written = Files.exists(json) && !readsPieces(folder) ? TokenizerJson.parse(json) : null;
        TokenizerSettings settings = new TokenizerSettings(folder, written == null ? Map.of() : written.tokensById());
        TokenizerKind kind = TokenizerKind.of(folder, settings);
        Tokenizer tokenizer = written == null ? withoutJson(folder, settings, kind) : fromJson(written, settings, kind);
        return tokenizer.withCleaning(TextCleaning.of(settings));
    }

    /** Returns whether SigLIP's own tokenizer is there, which takes precedence over {@code tokenizer.json}. */
    private static boolean readsPieces(Path folder) {
        return Files.exists(folder.resolve("spiece.model"))
                && TokenizerKind.of(folder, new TokenizerSettings(folder, Map.of())) == TokenizerKind.SIGLIP;
    }

    /** Builds a tokenizer of other files than {@code tokenizer.json}. */
    private static Tokenizer withoutJson(Path folder, TokenizerSettings settings, TokenizerKind kind) {
        Path sentencePieces = folder.resolve("spiece.model");
        if (kind == TokenizerKind.SIGLIP && Files.exists(sentencePieces)) {
            return KnownTokenizers.siglip(SentencePieceFile.read(sentencePieces), settings, sentencePieces);
        }
        if (kind == TokenizerKind.SIGLIP) {
            throw new ModelException(folder + " has no tokenizer: expected spiece.model; fetch the missing file");
        }
        Path vocabulary = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        Path words = folder.resolve("vocab.txt");
        boolean hasPairs = Files.exists(vocabulary) && Files.exists(merges);
        boolean hasWords = Files.exists(words);
        if (hasWords && (kind == TokenizerKind.BERT || !hasPairs)) return wordPieces(words, settings);
        if (hasPairs) return bytePairs(vocabulary, merges, kind, settings);
        if (Files.exists(folder.resolve("sentencepiece.bpe.model"))) {
            throw new ModelException(
                    folder + " has sentencepiece.bpe.model and no tokenizer.json, which is read; fetch it"
                            + " too, or make it with transformers (AutoTokenizer.from_pretrained and save_pretrained)");
        }
        String missing = Files.exists(vocabulary)
                ? "merges.txt beside vocab.json"
                : Files.exists(merges)
                        ? "vocab.json beside merges.txt"
                        : "tokenizer.json, or vocab.json with merges.txt, or vocab.txt";
        throw new ModelException(folder + " has no tokenizer: expected " + missing + "; fetch the missing file");
    }

    /**
     * Builds a tokenizer from {@code tokenizer.json}. Of a class that we know only vocabulary and merges come from the
     * file, everything else from the class and the configuration, as in the reference. Any other is as the file says.
     */
    private static Tokenizer fromJson(TokenizerJson json, TokenizerSettings settings, TokenizerKind kind) {
        boolean pairs = json.isBytePairs();
        if (pairs && kind == TokenizerKind.CLIP)
            return KnownTokenizers.clip(json.vocabulary(), json.merges(""), settings, json.file());
        if (pairs && kind == TokenizerKind.BART)
            return KnownTokenizers.bart(json.vocabulary(), json.merges(""), settings, json.file());
        if (json.isUnigram() && kind == TokenizerKind.XLM_ROBERTA) return KnownTokenizers.xlmRoberta(json, settings);
        if (json.isUnigram() && kind == TokenizerKind.T5) return KnownTokenizers.t5(json, settings);
        if (!pairs && kind == TokenizerKind.BERT) return KnownTokenizers.bert(json.vocabulary(), settings, json.file());
        return json.build(settings, kind);
    }

    /** Makes CLIP's tokenizer, or BART's, whichever the files are for. */
    private static Tokenizer bytePairs(
            Path vocabularyFile, Path mergesFile, TokenizerKind kind, TokenizerSettings settings) {
        Vocabulary vocabulary = new Vocabulary();
        JsonReader reader = new JsonReader(JsonReader.readBytes(vocabularyFile), vocabularyFile);
        readVocabulary(reader, vocabulary, vocabularyFile);
        reader.end();
        Merges merges = new Merges(vocabulary, "", mergesFile);
        readMerges(mergesFile, merges);
        boolean looksLikeClip = kind != TokenizerKind.BART && vocabulary.idOf("<|startoftext|>") >= 0;
        return kind == TokenizerKind.CLIP || looksLikeClip
                ? KnownTokenizers.clip(vocabulary, merges, settings, vocabularyFile)
                : KnownTokenizers.bart(vocabulary, merges, settings, vocabularyFile);
    }

    /** Makes BERT's tokenizer from a list of words, one a line; of a word that is listed twice the last line counts. */
    private static Tokenizer wordPieces(Path file, TokenizerSettings settings) {
        Vocabulary vocabulary = new Vocabulary();
        byte[] text = JsonReader.readBytes(file);
        int id = 0;
        for (int start = 0; start < text.length; id++) {
            int end = lineEnd(text, start);
            String word = new String(text, start, end - start, StandardCharsets.UTF_8);
            int last = word.length();
            while (last > 0 && ReferenceUnicode.isSpace(word.charAt(last - 1))) last--;
            vocabulary.addOrMove(word.substring(0, last), id, file);
            start = end + 1;
        }
        return KnownTokenizers.bert(vocabulary, settings, file);
    }
    /** Reads an object of {@code "token": id} pairs. */
    static void readVocabulary(JsonReader reader, Vocabulary vocabulary, Path file) {
        reader.expect('{');
        for (boolean first = true; reader.hasNext(first, '}'); first = false) {
            int length = reader.stringBytes();
            reader.expect(':');
            int id = reader.naturalNumber();
            if (id < 0) {
                throw new ModelException(file + ": token '"
                        + new String(reader.utf8(), 0, length, StandardCharsets.UTF_8)
                        + "' has no whole number as its id; the file is damaged, fetch it again");
            }
            vocabulary.add(reader.utf8(), 0, length, id, file);
        }
    }

    /** Reads {@code merges.txt}: one merge a line, two tokens with a space between, after a version comment. */
    private static void readMerges(Path file, Merges merges) {
        byte[] text = JsonReader.readBytes(file);
        byte[] version = "#version".getBytes(StandardCharsets.UTF_8);
        for (int start = 0; start < text.length; ) {
            int end = lineEnd(text, start);
            int last = trimmed(text, start, end);
            int space = start;
            while (space < last && text[space] != ' ') space++;
            boolean comment = last - start >= version.length
                    && Arrays.equals(text, start, start + version.length, version, 0, version.length);
            if (!comment && last > start) {
                if (space == start || space + 1 >= last) {
                    throw new ModelException(file + ": the line '"
                            + new String(text, start, last - start, StandardCharsets.UTF_8)
                            + "' is not two tokens with a space between; the file is damaged, fetch it again");
                }
                merges.add(text, start, space, space + 1, last);
            }
            start = end + 1;
        }
    }

    private static int lineEnd(byte[] text, int start) {
        int end = start;
        while (end < text.length && text[end] != '\n') end++;
        return end;
    }

    private static int trimmed(byte[] text, int start, int end) {
        return end > start && text[end - 1] == '\r' ? end - 1 : end;
    }
}
