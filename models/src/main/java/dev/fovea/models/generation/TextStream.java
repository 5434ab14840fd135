package dev.fovea.models.generation;

import dev.fovea.models.generation.Generation.Sequence;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Passes a text to a consumer in pieces while it is generated. A word may still get another token, and a letter another
 * byte, so a piece ends where later tokens cannot change the text before it. All pieces in a row are the text.
 *
 * <p>Where several sequences of a picture grow at the same time (beams, several samples) none of them is known to be
 * the answer before the end, and the text comes as one piece from {@link #end}.
 */
public final class TextStream implements GenerationListener {

    private final Function<int[], String> text;
    private final Consumer<String> pieces;
    private String given = "";

    /**
     * Streams the text of one picture.
     *
     * @param text decodes token ids, prompt and special tokens included, as {@code Captioner.text} does
     * @param pieces receives the text, piece after piece, by the thread that generates
     */
    public TextStream(Function<int[], String> text, Consumer<String> pieces) {
        this.text = Objects.requireNonNull(text, "text is null");
        this.pieces = Objects.requireNonNull(pieces, "pieces is null");
    }

    @Override
    public boolean tokenAdded(int picture, List<Sequence> live, List<Sequence> finished) {
        Objects.requireNonNull(live, "live is null");
        Objects.requireNonNull(finished, "finished is null");
        if (live.size() + finished.size() == 1) {
            boolean ended = live.isEmpty();
            String all = text.apply((ended ? finished : live).getFirst().tokens());
            give(ended ? all : all.substring(0, Math.max(0, all.lastIndexOf(' '))));
        }
        return true;
    }

    /** Passes on the rest of a text when its generation has ended. */
    public void end(String all) {
        give(Objects.requireNonNull(all, "all is null"));
    }

    private void give(String sure) {
        if (sure.startsWith(given) && sure.length() > given.length()) {
            String piece = sure.substring(given.length());
            given = sure;
            pieces.accept(piece);
        }
    }
}
