package dev.fovea.models.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    @TempDir
    static Path clipFolder;

    private static Tokenizer clip;

    @TempDir
    Path folder;

    @BeforeAll
    static void load() throws IOException {
        clip = Tokenizer.load(TokenizerCases.unpack("clip", clipFolder));
    }

    /** Published ids of CLIP. */
    @Test
    void knowsTheGoldenText() {
        assertArrayEquals(new int[] {49406, 3306, 1002, 49407}, clip.encode("hello world"));
        assertEquals(49408, clip.size());
        assertEquals(49407, clip.idOf("<|endoftext|>"));
        assertEquals("hello</w>", clip.tokenOf(3306));
        assertEquals(-1, clip.idOf("no such token"));
        assertNull(clip.tokenOf(49408));
        assertNull(clip.tokenOf(-1));
    }

    @Test
    void truncationKeepsTheEndToken() {
        Encoding cut = clip.encode("one two three four five", 5);
        assertTrue(cut.truncated());
        assertArrayEquals(new int[] {49406, 637, 1237, 2097, 49407}, cut.ids());
        Encoding whole = clip.encode("one two three", 5);
        assertFalse(whole.truncated());
        assertArrayEquals(cut.ids(), whole.ids());
        assertArrayEquals(new int[] {49406, 49407}, clip.encode("anything", 2).ids());
        assertThrows(FoveaException.class, () -> clip.encode("anything", 1));
    }

    @Test
    void halfOfASurrogatePairIsAReplacementCharacter() {
        assertArrayEquals(clip.encode("a\uFFFDb"), clip.encode("a\uD83Db"));
        assertArrayEquals(clip.encode("\uFFFD"), clip.encode("\uDE0A"));
    }

    /** Whether special tokens are found before or after lower-casing is up to the flags in tokenizer_config.json. */
    @Test
    void flagsOfSpecialTokensAreHonoured() throws IOException {
        TokenizerCases.unpack("clip", folder);
        int[] spelled = {49406, 27, 347, 40786, 4160, 91, 285, 320, 49407};
        assertArrayEquals(spelled, clip.encode("<|ENDOFTEXT|> a"));
        String flagged = "{\"content\": \"<|endoftext|>\", \"normalized\": true}";
        String names = "{\"eos_token\": " + flagged + ", \"unk_token\": " + flagged + ", \"pad_token\": ";
        write("tokenizer_config.json", names + flagged + "}");
        assertArrayEquals(
                new int[] {49406, 49407, 320, 49407}, Tokenizer.load(folder).encode("<|ENDOFTEXT|> a"));
        write("tokenizer_config.json", names + "\"<|endoftext|>\"}");
        assertArrayEquals(spelled, Tokenizer.load(folder).encode("<|ENDOFTEXT|> a"));
    }

    @Test
    void unknownIdsAreLeftOutOfDecodedText() {
        assertEquals("hello world", clip.decode(new int[] {49406, 3306, 70000, -5, 1002, 49407}, true));
    }

    /**
     * The euro sign, U+1F60A, a surrogate, a form longer than needed and a beginning without an end; lengths are
     * Java's.
     */
    @Test
    void bytesOfACharacterMayComeFromSeveralTokens() {
        Utf8Text text = new Utf8Text();
        String[] tokens = {"â", "Ĥ", "¬", "ðŁĺ", "Ĭ", "íł", "Ģ", "àĢ", "â", "a", "âĤ"};
        int[] lengths = new int[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            text.add(tokens[i]);
            lengths[i] = text.length();
        }
        assertArrayEquals(new int[] {1, 1, 1, 2, 3, 5, 6, 8, 9, 10, 11}, lengths);
        assertEquals("€\uD83D\uDE0A" + "\uFFFD".repeat(6) + "a\uFFFD", text.text());
    }

    /** CLIP's text is cleaned as a whole: what spells out the end of a word makes it shorter. */
    @Test
    void endsNeverPassTheEndOfTheText() {
        int[] ids = {clip.idOf("a</w>"), clip.idOf("<"), clip.idOf("/"), clip.idOf("w"), clip.idOf(">"), clip.idOf("b")
        };
        assertEquals("a  b", clip.decode(ids, false));
        assertArrayEquals(new int[] {1, 1, 1, 1, 1, 4}, clip.ends(ids, false));
    }

    /** A long run has thousands of equal candidates; the queue must choose as the scan does, and not take forever. */
    @Test
    void longWordsMergeAsShortOnesDo() {
        Vocabulary vocabulary = new Vocabulary();
        Random random = new Random(3);
        for (char c = 'a'; c <= 'd'; c++) vocabulary.add(String.valueOf(c), c - 'a', "test");
        String[] pairs = {"a b", "b a", "ab a", "c c", "cc c", "d a", "ba ba", "ab ab", "a a", "aa a"};
        for (int i = 0; i < pairs.length; i++) vocabulary.add(pairs[i].replace(" ", ""), 4 + i, "test");
        Merges merges = new Merges(vocabulary, "", "test");
        for (String pair : pairs) {
            int space = pair.indexOf(' ');
            merges.add(pair.getBytes(StandardCharsets.UTF_8), 0, space, space + 1, pair.length());
        }
        for (int round = 0; round < 500; round++) {
            int[] symbols = random.ints(1 + random.nextInt(40), 0, 4).toArray();
            assertArrayEquals(scan(symbols.clone(), merges), new MergeQueue(symbols.clone(), merges).run());
        }
        assertTrue(clip.encode("a".repeat(200_000)).length > 1000);
    }

    private static int[] scan(int[] symbols, Merges merges) {
        while (true) {
            int at = -1;
            for (int i = 0; i + 1 < symbols.length; i++) {
                int rank = merges.rank(symbols[i], symbols[i + 1]);
                if (rank != Merges.NONE && (at < 0 || rank < merges.rank(symbols[at], symbols[at + 1]))) at = i;
            }
            if (at < 0) return symbols;
            int[] merged = Arrays.copyOf(symbols, symbols.length - 1);
            merged[at] = merges.result(merges.rank(symbols[at], symbols[at + 1]));
            System.arraycopy(symbols, at + 2, merged, at + 1, symbols.length - at - 2);
            symbols = merged;
        }
    }

    /** The patterns that are run by hand, against java.util.regex. */
    @Test
    void handWrittenSplitsAreThoseOfTheirExpressions() throws IOException {
        var gpt2 = PreTokenizers.split(
                java.util.regex.Pattern.compile(WordSplits.GPT2, java.util.regex.Pattern.UNICODE_CHARACTER_CLASS),
                PreTokenizers.Behavior.ISOLATED,
                false);
        var clipSplit = PreTokenizers.split(
                java.util.regex.Pattern.compile(
                        WordSplits.CLIP_SPECIALS + WordSplits.CLIP, java.util.regex.Pattern.UNICODE_CHARACTER_CLASS),
                PreTokenizers.Behavior.REMOVED,
                true);
        for (var recorded : TokenizerCases.cases("clip")) {
            String text = recorded.get("text").text(null);
            assertEquals(pieces(gpt2, text), pieces(WordSplits::gpt2, text));
            assertEquals(pieces(clipSplit, text), pieces(WordSplits.clip(true), text));
        }
    }

    private static java.util.List<String> pieces(PreTokenizer splitter, String text) {
        java.util.List<String> pieces = new java.util.ArrayList<>();
        splitter.split(text, pieces::add);
        return pieces;
    }

    @Test
    void splitBehavioursAreThoseOfTheReference() {
        // From the documentation of tokenizers' SplitDelimiterBehavior: "the-final--countdown" at "-".
        String text = "the-final--countdown";
        assertEquals(java.util.List.of("the", "final", "countdown"), dashes(text, PreTokenizers.Behavior.REMOVED));
        assertEquals(
                java.util.List.of("the", "-", "final", "-", "-", "countdown"),
                dashes(text, PreTokenizers.Behavior.ISOLATED));
        assertEquals(
                java.util.List.of("the-", "final-", "-", "countdown"),
                dashes(text, PreTokenizers.Behavior.MERGED_WITH_PREVIOUS));
        assertEquals(
                java.util.List.of("the", "-final", "-", "-countdown"),
                dashes(text, PreTokenizers.Behavior.MERGED_WITH_NEXT));
        assertEquals(
                java.util.List.of("the", "-", "final", "--", "countdown"),
                dashes(text, PreTokenizers.Behavior.CONTIGUOUS));
    }

    private static java.util.List<String> dashes(String text, PreTokenizers.Behavior behavior) {
        return pieces(PreTokenizers.regex("-", behavior, false), text);
    }

    @Test
    void missingFilesAreNamed() {
        assertError("no-such-folder is not a folder", folder.resolve("no-such-folder"));
        assertError("has no tokenizer: expected tokenizer.json", folder);
    }

    @Test
    void brokenVocabulariesAreNamed() throws IOException {
        write("merges.txt", "#version: 0.2\na b</w>\n");
        assertError("expected vocab.json beside merges.txt", folder);
        assertVocabularyError("vocab.json is not valid JSON: it ends too early", "{\"a\": 0,");
        assertVocabularyError("vocab.json is not valid JSON: expected '{' in line 1", "hello");
        assertVocabularyError("vocab.json is not valid JSON: it ends too early", "");
        assertVocabularyError("tokens 'a' and 'b' both have the id 0", "{\"a\": 0, \"b\": 0}");
        assertVocabularyError("token 'a' appears twice", "{\"a\": 0, \"a\": 1}");
        assertVocabularyError("token 'a' has no whole number as its id", "{\"a\": null}");
        assertVocabularyError("token 'a' has no whole number as its id", "{\"a\": -1}");
        assertVocabularyError("token 'a' has the id 2000000000, expected 0 to", "{\"a\": 2000000000}");
        assertVocabularyError(
                "merge 1 names 'b</w>', which is not in the vocabulary", "{\"a\": 0, \"<|startoftext|>\": 1}");
        assertVocabularyError("merge 1 makes 'ab</w>', which is not in the vocabulary", "{\"a\": 0, \"b</w>\": 1}");
        write("merges.txt", "a\n");
        assertVocabularyError("merges.txt: the line 'a' is not two tokens", "{\"a\": 0, \"<|startoftext|>\": 1}");
        write("merges.txt", "");
        assertVocabularyError("'<|endoftext|>' is not in the vocabulary", "{\"a\": 0, \"<|startoftext|>\": 1}");
        write("tokenizer_config.json", "{\"eos_token\": {\"a\": 1}}");
        String clips = "{\"<|startoftext|>\": 0, \"<|endoftext|>\": 1}";
        assertVocabularyError("the eos_token '' is not in the vocabulary", clips);
    }

    @Test
    void brokenTokenizerFilesAreNamed() throws IOException {
        assertJsonError("tokenizer.json is not valid JSON", "{\"model\": ");
        assertJsonError(
                "has the model 'WordLevel'; known are BPE, Unigram and WordPiece",
                "{\"model\": {\"type\": \"WordLevel\"}}");
        assertJsonError(
                "has the unk_id 1, which is none of its tokens",
                "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 1, \"vocab\": [[\"a\", -1.5]]}}");
        assertJsonError(
                "precompiled_charsmap that cannot be read",
                "{\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"////fwAA\"},"
                        + " \"model\": {\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"a\", -1.5]]}}");
        assertJsonError("has no vocabulary", "{\"model\": {\"type\": \"BPE\"}}");
        String vocabulary = "\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}";
        assertJsonError("has the normalizer 'Nmt'", "{\"normalizer\": {\"type\": \"Nmt\"}, " + vocabulary + "}");
        assertJsonError(
                "which Java does not understand",
                "{\"pre_tokenizer\": {\"type\": \"Split\", \"behavior\": \"Removed\", \"pattern\": {\"Regex\":"
                        + " \"(\"}}, "
                        + vocabulary + "}");
        assertJsonError(
                "has the merge 'ab', which is not two tokens",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"ab\"]}}");
    }

    /**
     * The tables of Hugging Face's tokenizers (0.23) are older than Java's: a circled digit has a compatible form, a
     * segmented one of Unicode 13 has not.
     */
    @Test
    void compatibleFormsAreThoseOfTheReference() throws IOException {
        for (String form : List.of("NFKC", "NFKD")) {
            write(
                    "tokenizer.json",
                    "{\"normalizer\": {\"type\": \"" + form
                            + "\"}, \"model\": {\"type\": \"BPE\", \"vocab\": {\"4\": 0,"
                            + " \"\ud83e\udff4\": 1}, \"merges\": []}}");
            assertArrayEquals(new int[] {0, 1, 0}, Tokenizer.load(folder).encode("\u2463\ud83e\udff44"), form);
        }
    }

    /** A tokenizer.json with everything optional absent still works. */
    @Test
    void theSmallestTokenizerFileWorks() throws IOException {
        write(
                "tokenizer.json",
                "{\"model\": {\"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [[\"a\", \"b\"]]}}");
        Tokenizer tokenizer = Tokenizer.load(folder);
        assertArrayEquals(new int[] {2, 0}, tokenizer.encode("aba"));
        assertEquals("ab a", tokenizer.decode(new int[] {2, 0}, true));
    }

    private void assertVocabularyError(String expected, String vocabulary) throws IOException {
        write("vocab.json", vocabulary);
        assertError(expected, folder);
    }

    private void assertJsonError(String expected, String json) throws IOException {
        write("tokenizer.json", json);
        assertError(expected, folder);
    }

    private static void assertError(String expected, Path folder) {
        FoveaException error = assertThrows(FoveaException.class, () -> Tokenizer.load(folder));
        assertTrue(error.getMessage().contains(expected), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
