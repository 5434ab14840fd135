package dev.fovea.evaluation.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits captions into words as COCO's evaluation does: Stanford's PTBTokenizer (CoreNLP 3.4.1, Penn Treebank
 * conventions), lower case, without punctuation. Written from what that program answers, for the language of captions:
 * contractions, abbreviations, numbers, hyphens, slashes, brackets and quotes are split as there; telephone numbers,
 * smileys and the many forms of web addresses are not all.
 *
 * <p>Two habits of the reference matter for scores and are kept: brackets count as words, since the list of punctuation
 * has them in upper case, and {@code !!!} or {@code ?!} is a word, since the list has single marks only.
 */
public final class PtbTokenizer {

    /** What counts as no word. */
    private static final Set<String> PUNCTUATION = Set.of("'", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";");

    private static final String QUOTE = "['\u2019]";
    private static final String WORD = "[\\p{L}\\p{M}\\p{N}_]+";

    /** Parts are limited, since Java's expressions recurse once for each. */
    private static final String HYPHENED = WORD + "(?:-" + WORD + "){0,30}";

    /** Abbreviations whose full stop belongs to them. */
    private static final String ABBREVIATION = "(?:mrs?|ms|drs?|st|ave|blvd|mt|ft|vs|sq|etc|inc|co|corp|ltd|bros|jr|sr"
            + "|prof|gen|lt|col|capt|sgt|cmdr|adm|maj|rev|hon|sen|rep|gov|pres|messrs|mme|dept|univ|assn|ph\\.d"
            + "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thurs?|fri"
            + "|al|ala|alex|brig|cf|ct|det|esq|est"
            + "|ga|ind|kan|ky|md|mo|mont|penn|ph|plc|rd|rt|ste|tel|va|vt)\\.(?![\\p{L}\\p{N}])";

    private static final Pattern TOKEN = Pattern.compile(
            String.join(
                    "|",
                    "(?:https?://|www\\.)[^\\s\"<>(){}]*[^\\s\"<>(){}.,;:!?'-]",
                    "[\\p{L}\\p{N}_.+-]{1,64}@[\\p{L}\\p{N}_.-]{0,255}[\\p{L}\\p{N}]",
                    "</?\\p{L}[^<>\\s]{0,99}>",
                    "[#@]\\p{L}[\\p{L}\\p{N}_]*",
                    "\\.{3,}|\u2026",
                    "[?!]{2,}",
                    "-{2,}|[\u2013\u2014]",
                    // Whole words with an apostrophe in them or before them.
                    QUOTE + "n" + QUOTE,
                    QUOTE + "(?:em|cause|\\d0s)(?![\\p{L}\\p{N}])",
                    "ol" + QUOTE + "(?!\\p{L})",
                    "(?<t>" + QUOTE + "t)(?<was>is|was)(?!\\p{L})",
                    "(?<y>y" + QUOTE + ")(?<all>\\p{L}{2,})",
                    "(?![iy])(?!\\p{L}" + QUOTE + "(?:ll|ve|re)(?!\\p{L}))[a-z]" + QUOTE + "\\p{L}{2,}",
                    "[a-z]{0,40}[aeiouy]" + QUOTE + "[aeiou]\\p{L}*",
                    // Endings of contractions.
                    "n" + QUOTE + "t(?!\\p{L})",
                    QUOTE + "(?:s|d|m|ll|re|ve)(?!\\p{L})",
                    // Numbers, signs and all.
                    "\\d+\\.\\d+-\\p{L}+",
                    "[-+]?(?:\\d+(?:[.,:/-]\\d+){1,30}(?!\\d*[-/]\\p{L})|\\.\\d+)",
                    "[-+]\\d+(?![\\p{L}\\p{N}])",
                    "no\\.(?=\\s*\\d)",
                    ABBREVIATION,
                    "\\p{L}(?:\\.\\p{L}){0,30}\\.(?!\\p{L})",
                    "\\p{L}+(?:\\.\\p{L}+){1,30}(?!" + QUOTE + "t)",
                    "(?-i:[A-Z]+&[A-Z]+)",
                    // A word, up to the n't of a contraction.
                    "(?:ca|wo|sha|[a-z]{1,40}?)(?=n" + QUOTE + "t(?![\\p{L}]))",
                    "(?<joined>gonna|gotta|wanna|lemme|gimme|cannot)(?![\\p{L}\\p{N}'\u2019-])",
                    HYPHENED + "(?:/" + HYPHENED + "){0,20}",
                    "\\*{2,}",
                    "''|``",
                    "\\S"),
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

    /** What single characters become. */
    private static final Map<String, String> WRITTEN = Map.ofEntries(
            Map.entry("(", "-lrb-"),
            Map.entry(")", "-rrb-"),
            Map.entry("[", "-lsb-"),
            Map.entry("]", "-rsb-"),
            Map.entry("{", "-lcb-"),
            Map.entry("}", "-rcb-"),
            Map.entry("\u00bd", "1/2"),
            Map.entry("\u00bc", "1/4"),
            Map.entry("\u00be", "3/4"),
            Map.entry("\u20ac", "$"),
            Map.entry("\u00a3", "#"),
            Map.entry("\u00a2", "cents"));

    private static final Set<String> QUOTES =
            Set.of("\"", "''", "``", "\u201c", "\u201d", "\u2018", "\u2019", "\u2013", "\u2014", "\u2026");

    /** How many letters of a word that is two come first. */
    private static final Map<String, Integer> FIRST_LETTERS =
            Map.of("gonna", 3, "gotta", 3, "wanna", 3, "lemme", 3, "gimme", 3, "cannot", 3);

    private PtbTokenizer() {}

    /** Returns the words of a caption in lower case; none for a text of punctuation only. */
    public static List<String> words(String text) {
        Objects.requireNonNull(text, "text is null");
        List<String> words = new ArrayList<>();
        // The reference knows no characters beyond 16 bits, such as most emoji, and leaves them out.
        String known = text.replaceAll("[\\x{10000}-\\x{10FFFF}]", " ").replaceAll("[\\x{2044}]", "/");
        Matcher token = TOKEN.matcher(known);
        while (token.find()) {
            String found = token.group().toLowerCase(Locale.ROOT);
            if (token.group("joined") != null) {
                int first = FIRST_LETTERS.get(found);
                words.add(found.substring(0, first));
                words.add(found.substring(first));
            } else if (token.group("t") != null) {
                words.add("'t");
                words.add(found.substring(2));
            } else if (token.group("y") != null) {
                words.add(found.substring(0, 2));
                words.add(found.substring(2));
            } else {
                add(words, found);
            }
        }
        return words;
    }

    private static void add(List<String> words, String found) {
        boolean ellipsis = found.startsWith("..");
        boolean dash = found.startsWith("--") && found.length() < 5;
        if (PUNCTUATION.contains(found) || QUOTES.contains(found) || ellipsis || dash) {
            return;
        }
        boolean ending = found.length() <= 3 && found.indexOf('\u2019') >= 0;
        words.add(WRITTEN.getOrDefault(found, ending ? found.replace('\u2019', '\'') : found));
    }
}
