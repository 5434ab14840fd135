package dev.fovea.models.florence.network;

import dev.fovea.models.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The tokens that Florence-2 adds to BART's vocabulary. Microsoft's tokenizer files lack them: its code adds them in
 * this order.
 */
public final class SpecialTokens {

    private static final int LOCATIONS = 1000;

    private SpecialTokens() {}

    /** Returns a tokenizer that has the tokens: the given one, unless it lacks them. */
    public static Tokenizer addedTo(Tokenizer own) {
        return own.idOf("<loc_0>") < 0 ? own.withSpecialTokens(all()) : own;
    }

    /** Returns all of the tokens, in the order of their ids. */
    public static List<String> all() {
        List<String> tokens = new ArrayList<>(List.of("<od>", "</od>", "<ocr>", "</ocr>"));
        tokens.addAll(
                IntStream.range(0, LOCATIONS).mapToObj(i -> "<loc_" + i + ">").toList());
        // "desciption" is how the original spells it.
        tokens.addAll(
                List.of("<cap>", "</cap>", "<ncap>", "</ncap>", "<dcap>", "</dcap>", "<grounding>", "</grounding>"));
        tokens.addAll(List.of("<seg>", "</seg>", "<sep>", "<region_cap>", "</region_cap>"));
        tokens.addAll(List.of("<region_to_desciption>", "</region_to_desciption>", "<proposal>", "</proposal>"));
        tokens.addAll(List.of("<poly>", "</poly>", "<and>"));
        return tokens;
    }
}
