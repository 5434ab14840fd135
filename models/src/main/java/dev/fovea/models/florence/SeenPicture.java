package dev.fovea.models.florence;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.tensor.Tensor;
import java.util.List;

/**
 * A picture that Florence-2 has encoded. Its image tokens do not depend on the task, so it can be asked any number of
 * questions:
 *
 * <pre>{@code
 * SeenPicture street = florence.see(Picture.read(Path.of("street.jpg")));
 * for (Detection box : street.run(FlorenceTask.OD).result().boxes()) {
 *     String region = street.grid().region(box.x1(), box.y1(), box.x2(), box.y2());
 *     System.out.println(street.run(FlorenceTask.REGION_TO_DESCRIPTION, region).result().text());
 * }
 * }</pre>
 *
 * <p>An ordinary object of the Java heap, some 2 MB with the published checkpoints; there is nothing to close.
 * Immutable and safe to use from many threads, as long as its model is open.
 */
public final class SeenPicture {

    private final Florence2 florence;
    private final float[] tokens;
    private final LocationGrid grid;

    /**
     * Keeps the image tokens of a picture.
     *
     * @param tokens the image tokens that the encoder reads, one after the other
     */
    SeenPicture(Florence2 florence, float[] tokens, LocationGrid grid) {
        this.florence = florence;
        this.tokens = tokens;
        this.grid = grid;
    }

    /** Returns the grid of location bins, which holds the picture's size in pixels. */
    public LocationGrid grid() {
        return grid;
    }

    /**
     * Runs a task that needs nothing besides the picture, with the settings of the checkpoint.
     *
     * @throws dev.fovea.tensor.FoveaException if the task needs a text
     */
    public FlorenceAnswer run(FlorenceTask task) {
        return run(FlorencePrompt.of(task));
    }

    /**
     * Runs a task that needs a text besides the picture, with the settings of the checkpoint.
     *
     * @throws dev.fovea.tensor.FoveaException if the text does not fit the task
     */
    public FlorenceAnswer run(FlorenceTask task, String text) {
        return run(FlorencePrompt.of(task, text));
    }

    private FlorenceAnswer run(FlorencePrompt prompt) {
        return florence.answerAll(
                        List.of(this), new int[1], List.of(prompt), florence.defaults(), GenerationListener.NONE)
                .getFirst();
    }

    /** Asks with a prompt of any kind, with the settings of the checkpoint, as {@link Florence2#ask} does. */
    public String ask(String prompt) {
        Arguments.present(prompt, "prompt");
        return florence.askAll(List.of(this), new int[1], List.of(prompt), florence.defaults(), GenerationListener.NONE)
                .getFirst()
                .text();
    }

    /**
     * Returns the image tokens that the encoder reads, {@code [tokens, hidden]}.
     *
     * @param asked the model that is to read it
     */
    Tensor tokens(Florence2 asked) {
        if (asked != florence) {
            throw new IllegalArgumentException("this picture was seen by another model; let this one see it");
        }
        int hidden = florence.config.text().hiddenSize();
        return florence.backend().tensor(tokens.length / hidden, hidden, tokens);
    }
}
