package dev.fovea.studio.routes;

import dev.fovea.models.tokenizer.MergeStep;
import dev.fovea.models.tokenizer.PieceSteps;
import dev.fovea.models.tokenizer.Tokenizer;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.studio.checkpoints.StudioModels;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageRoute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Shows how a text becomes tokens. */
public final class StudioTextRoutes {

    private static final int CHARACTERS = 500;

    private final StudioModels models;

    /** Makes the routes. */
    public StudioTextRoutes(StudioModels models) {
        this.models = models;
    }

    /** Returns the routes. */
    public List<PageRoute> routes() {
        return List.of(PageRoute.get("/api/merges", this::merges));
    }

    /** A token, for the page. */
    record ShownToken(int id, String text) {}

    /** A pair that was merged, and its place in the list of merges. */
    record ShownMerge(String left, String right, int rank) {}

    /** A piece of a text on its way to tokens. */
    record ShownWord(String word, List<List<String>> steps, List<ShownMerge> merges) {}

    /** A text and its tokens, for the page. */
    record MergesAnswer(String text, List<ShownToken> tokens, List<ShownWord> words) {}

    private void merges(PageCall call) {
        String text = call.text("text");
        if (text.length() > CHARACTERS) {
            throw HttpFailure.badRequest(
                    "text", "the text has " + text.length() + " characters; expected at most " + CHARACTERS);
        }
        Tokenizer tokenizer = models.find(call.text("model")).tokenizer();
        List<ShownToken> tokens = Arrays.stream(tokenizer.encode(text))
                .mapToObj(id -> new ShownToken(id, tokenizer.tokenOf(id)))
                .toList();
        List<ShownWord> words = new ArrayList<>();
        for (PieceSteps piece : tokenizer.steps(text)) {
            words.add(word(tokenizer, piece));
        }
        call.json(new MergesAnswer(text, tokens, words));
    }

    private static ShownWord word(Tokenizer tokenizer, PieceSteps piece) {
        List<List<String>> steps = new ArrayList<>();
        List<ShownMerge> merges = new ArrayList<>();
        List<String> before = List.of();
        for (MergeStep step : piece.steps()) {
            List<String> symbols =
                    Arrays.stream(step.tokens()).mapToObj(tokenizer::tokenOf).toList();
            if (step.rank() >= 0) {
                int at = 0;
                while (at < symbols.size() && symbols.get(at).equals(before.get(at))) {
                    at++;
                }
                merges.add(new ShownMerge(before.get(at), before.get(at + 1), step.rank()));
            }
            steps.add(symbols);
            before = symbols;
        }
        return new ShownWord(piece.piece(), steps, merges);
    }
}
