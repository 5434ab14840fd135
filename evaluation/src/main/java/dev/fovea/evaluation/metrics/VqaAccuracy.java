package dev.fovea.evaluation.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares an answer with those that several people gave to the same question (Antol et al. 2015): an answer is right
 * if three of the others gave it. The normalisation is that of {@code vqaEval.py} (GT-Vision-Lab/VQA), its oddities
 * included, which make the numbers comparable.
 */
public final class VqaAccuracy {

    /** So many people make an answer right. */
    private static final int AGREEING = 3;

    private static final String[] MARKS = {
        ";", "/", "[", "]", "\"", "{", "}", "(", ")", "=", "+", "\\", "_", "-", ">", "<", "@", "`", ",", "?", "!"
    };
    private static final Pattern COMMA_IN_NUMBER = Pattern.compile("\\d,\\d");
    private static final Pattern FULL_STOP = Pattern.compile("\\.(?!\\d)");

    /** The reference passes a flag where the count belongs, so no more than this many are deleted. */
    private static final int MOST_FULL_STOPS = 32;

    private static final Map<String, String> NUMBERS = Map.ofEntries(
            Map.entry("none", "0"),
            Map.entry("zero", "0"),
            Map.entry("one", "1"),
            Map.entry("two", "2"),
            Map.entry("three", "3"),
            Map.entry("four", "4"),
            Map.entry("five", "5"),
            Map.entry("six", "6"),
            Map.entry("seven", "7"),
            Map.entry("eight", "8"),
            Map.entry("nine", "9"),
            Map.entry("ten", "10"));
    private static final Set<String> ARTICLES = Set.of("a", "an", "the");

    /** Contractions that are restored when they are written without any apostrophe. */
    private static final String BARE = "ain't aren't can't could've couldn't didn't doesn't don't hadn't hasn't haven't"
            + " he'd he's how'd how'll how's isn't it'd it'll ma'am mightn't might've mustn't must've needn't not've"
            + " o'clock oughtn't shan't should've shouldn't somebody'll somebody's someone'd someone'll someone's"
            + " something'd something'll that's there'd there're there's they'd they'll they're they've 'twas wasn't"
            + " we've weren't what'll what're what's what've when's where'd where's where've who'd who'll who's who've"
            + " why'll why're why's won't would've wouldn't y'all you'd you'll you're you've";

    /** Contractions with two apostrophes that are restored when one of them is missing. */
    private static final String DOUBLE = "couldn't've hadn't've he'd've it'd've mightn't've she'd've shouldn't've"
            + " somebody'd've someone'd've something'd've there'd've they'd've we'd've who'd've wouldn't've y'all'll"
            + " you'd've";

    private static final Map<String, String> CONTRACTIONS = contractions();

    private VqaAccuracy() {}

    private static Map<String, String> contractions() {
        Map<String, String> contractions = new HashMap<>();
        for (String written : BARE.split(" ")) {
            contractions.put(written.replace("'", ""), written);
        }
        for (String written : DOUBLE.split(" ")) {
            int first = written.indexOf('\'');
            int last = written.lastIndexOf('\'');
            contractions.put(without(written, first), written);
            contractions.put(without(written, last), written);
        }
        for (String spelt : List.of("yall'd've", "y'alld've", "y'all'dve")) {
            contractions.put(spelt, "y'all'd've");
        }
        for (String spelt : List.of("ow's'at", "'ows'at", "'ow'sat")) {
            contractions.put(spelt, "'ow's'at");
        }
        contractions.put("somebody'd", "somebodyd"); // the wrong way round in the reference
        return Map.copyOf(contractions);
    }

    private static String without(String text, int index) {
        return text.substring(0, index) + text.substring(index + 1);
    }

    /**
     * Returns the accuracy of an answer, both sides normalised. With four or more answers of people it is the mean over
     * them of {@code min(1, matches among the others / 3)}; with fewer, which cannot agree three times, it is 1 if one
     * of them matches.
     *
     * @param answers of people, at least one
     * @return 0 to 1
     */
    public static double score(String answer, List<String> answers) {
        Objects.requireNonNull(answer, "answer is null");
        Objects.requireNonNull(answers, "answers is null");
        return agreement(
                normalize(answer), answers.stream().map(VqaAccuracy::normalize).toList());
    }

    /**
     * Returns the accuracy as the official evaluation computes it since 2021: both sides are normalised only where
     * people's answers differ. (Up to then, and in LAVIS, the answer always was and theirs lost punctuation only.)
     *
     * @param answers of people, at least one
     * @return 0 to 1
     */
    public static double official(String answer, List<String> answers) {
        Objects.requireNonNull(answer, "answer is null");
        Objects.requireNonNull(answers, "answers is null");
        List<String> plain = answers.stream().map(VqaAccuracy::oneLine).toList();
        return plain.stream().distinct().count() > 1 ? score(answer, answers) : agreement(oneLine(answer), plain);
    }

    private static double agreement(String answer, List<String> answers) {
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("a question has no answers; expected at least one");
        }
        long matches = answers.stream().filter(answer::equals).count();
        if (answers.size() <= AGREEING) {
            return matches > 0 ? 1 : 0;
        }
        double othersOfMatching = Math.min(1, (matches - 1.0) / AGREEING);
        double othersOfRest = Math.min(1, (double) matches / AGREEING);
        return (matches * othersOfMatching + (answers.size() - matches) * othersOfRest) / answers.size();
    }

    private static String oneLine(String text) {
        return text.replace('\n', ' ').replace('\t', ' ').strip();
    }

    /**
     * Returns an answer as it is compared: without most punctuation, lower case, number words as digits, without
     * articles, with the apostrophes of contractions.
     */
    public static String normalize(String answer) {
        String plain = withoutPunctuation(oneLine(Objects.requireNonNull(answer, "answer is null")));
        List<String> words = new ArrayList<>();
        for (String word : plain.toLowerCase(Locale.ROOT).strip().split("\\s+")) {
            String number = NUMBERS.getOrDefault(word, word);
            if (!number.isEmpty() && !ARTICLES.contains(number)) {
                words.add(CONTRACTIONS.getOrDefault(number, number));
            }
        }
        return String.join(" ", words);
    }

    private static String withoutPunctuation(String text) {
        boolean number = COMMA_IN_NUMBER.matcher(text).find();
        String result = text;
        for (String mark : MARKS) {
            boolean deleted = number || text.contains(mark + " ") || text.contains(" " + mark);
            result = result.replace(mark, deleted ? "" : " ");
        }
        Matcher stops = FULL_STOP.matcher(result);
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < MOST_FULL_STOPS && stops.find(); i++) {
            stops.appendReplacement(kept, "");
        }
        return stops.appendTail(kept).toString();
    }
}
