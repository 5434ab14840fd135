package dev.fovea.models.tokenizer;

import dev.fovea.tensor.ModelException;
import java.nio.charset.StandardCharsets;

/**
 * WordPiece (Schuster and Nakajima 2012) as BERT uses it: the longest known start of the word, then the longest known
 * continuation, and so on; a word that cannot be spelled that way is one unknown token.
 */
final class WordPiece implements Model {
    private final Vocabulary vocabulary;
    private final int[] unknown;
    private final byte[] prefix;
    private final int longestWord;

    WordPiece(Vocabulary vocabulary, String unknownToken, String continuingPrefix, int longestWord, Object source) {
        this.vocabulary = vocabulary;
        unknown = new int[] {vocabulary.idOf(unknownToken)};
        if (unknown[0] < 0) {
            throw new ModelException(source + " lacks the unknown token '" + unknownToken
                    + "'; it is not a WordPiece vocabulary, or it is damaged: fetch it again");
        }
        prefix = continuingPrefix.getBytes(StandardCharsets.UTF_8);
        this.longestWord = longestWord;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int[] tokenize(String piece) {
        if (piece.codePointCount(0, piece.length()) > longestWord) return unknown;
        byte[] word = piece.getBytes(StandardCharsets.UTF_8);
        // The prefix is put in front of the rest of the word, over what is already spelled.
        byte[] text = new byte[prefix.length + word.length];
        System.arraycopy(word, 0, text, prefix.length, word.length);
        IntList ids = new IntList();
        int start = prefix.length;
        while (start < text.length) {
            int from = start;
            if (start > prefix.length) {
                from = start - prefix.length;
                System.arraycopy(prefix, 0, text, from, prefix.length);
            }
            int end = text.length;
            int id = -1;
            while (end > start && (id = vocabulary.idOf(text, from, end)) < 0) {
                do end--;
                while (end > start && (text[end] & 0xC0) == 0x80);
            }
            if (id < 0) return unknown;
            ids.add(id);
            start = end;
        }
        return ids.toArray();
    }
}
