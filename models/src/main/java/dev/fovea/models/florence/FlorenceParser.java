package dev.fovea.models.florence;

import dev.fovea.models.Detection;
import dev.fovea.models.Outline;
import dev.fovea.models.tokenizer.PythonText;
import java.util.List;
import java.util.Set;

/**
 * Reads the texts that Florence-2 wrote, as transformers' {@code Florence2Processor.post_process_generation} does
 * (version 5): any text gives a result, and malformed texts give that of the reference. Two things differ, both for
 * location numbers that only a text spelled out letter by letter can hold: where a pixel is beyond the range of an int
 * it becomes the largest one (undefined there), and numbers of 64 bits and more count as very large (an error there).
 * Time grows in proportion to the text, whatever it is.
 */
final class FlorenceParser {

    /**
     * Phrases that name nothing in particular: boxes found for them are left out ({@code banned_grounding_tokens} of
     * the checkpoints' {@code processor_config.json}, equal in all of them).
     */
    private static final Set<String> VAGUE_PHRASES = Set.of("""
            it, I, me, mine, you, your, yours, he, him, his, she, her, hers, they, them, their, theirs, one, oneself, \
            we, us, our, ours, its,
            myself, yourself, himself, herself, itself, ourselves, yourselves, themselves, this, that, these, those, \
            who, whom, whose, which,
            what, all, another, any, anybody, anyone, anything, each, everybody, everyone, everything, few, many, \
            nobody, none, several, some,
            somebody, someone, something, each other, one another, the image, image, images, the, a, an, a group, \
            other objects, lots,
            a set""".split(",\\s+"));

    private FlorenceParser() {}

    /**
     * Reads a generated text.
     *
     * @param task the task that was run
     * @param text decoded with special tokens kept, such as {@code </s><s>car<loc_52><loc_334><loc_932><loc_774></s>}
     * @param grid of the original picture
     * @param scores of the text's tokens
     */
    static FlorenceReading parse(FlorenceTask task, String text, LocationGrid grid, TokenScores scores) {
        CleanText clean = CleanText.of(text);
        return switch (task.output()) {
            case TEXT -> new FlorenceReading(task, plain(text), List.of(), List.of(), List.of());
            case BOXES -> boxes(task, clean, grid, scores);
            case QUADS -> new FlorenceReading(task, "", List.of(), QuadParser.parse(clean, grid, scores), List.of());
            case POLYGONS -> polygons(task, clean, grid, false, scores);
            case BOXES_OR_POLYGONS ->
                text.contains(CleanText.POLYGON_START)
                        ? polygons(task, clean, grid, true, scores)
                        : boxes(task, clean, grid, scores);
        };
    }

    /**
     * Returns a text without start and end tokens. {@code <pad>} stays, as in the reference; texts generated here end
     * without padding.
     */
    static String plain(String text) {
        return PythonText.strip(text.replace("<s>", "").replace("</s>", ""));
    }

    private static FlorenceReading boxes(FlorenceTask task, CleanText clean, LocationGrid grid, TokenScores scores) {
        boolean labelled = task != FlorenceTask.REGION_PROPOSAL;
        Set<String> dropped = task == FlorenceTask.CAPTION_TO_PHRASE_GROUNDING ? VAGUE_PHRASES : Set.of();
        List<Located<Detection>> boxes = BoxParser.parse(clean, grid, labelled, dropped, scores);
        return new FlorenceReading(task, "", boxes, List.of(), List.of());
    }

    private static FlorenceReading polygons(
            FlorenceTask task, CleanText clean, LocationGrid grid, boolean labelled, TokenScores scores) {
        List<Located<Outline>> polygons = PolygonParser.parse(clean, grid, labelled, scores);
        return new FlorenceReading(task, "", List.of(), List.of(), polygons);
    }
}
