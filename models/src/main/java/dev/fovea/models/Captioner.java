package dev.fovea.models;

import dev.fovea.models.check.Arguments;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.generation.TextStream;
import dev.fovea.models.image.PictureInput;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Describes pictures in words, as BLIP and Florence-2 do. Safe to use from many threads.
 *
 * <pre>{@code
 * captioner.caption(picture);                            // "a dog on the beach"
 * captioner.caption(picture, piece -> System.out.print(piece)); // as it is written
 * }</pre>
 */
public interface Captioner extends AutoCloseable {

    /**
     * Returns the options that captions are generated with unless others are given: those of the checkpoint's own
     * configuration.
     */
    GenerationOptions defaults();

    /**
     * Writes captions of a part of many pictures, several at a time. With the same seed a picture gets the same caption
     * whatever the batch.
     *
     * @param indices for each picture its index among all that share the options' seed
     * @param listener is told of every token, with the indices of this list; {@link GenerationListener#NONE} for nobody
     * @return for each picture what was written, in the order given; fewer if the listener stopped the work
     */
    List<GeneratedText> captionAll(
            List<? extends PictureInput> pictures,
            int[] indices,
            GenerationOptions options,
            GenerationListener listener);

    /** Decodes token ids of a caption, without special tokens. */
    String text(int[] tokens);

    /** Writes captions of many pictures, several at a time, in the order given. */
    default List<GeneratedText> captionAll(List<? extends PictureInput> pictures) {
        return captionAll(pictures, defaults());
    }

    /** Writes captions of many pictures, several at a time, in the order given. */
    default List<GeneratedText> captionAll(List<? extends PictureInput> pictures, GenerationOptions options) {
        int[] indices = IntStream.range(
                        0, Arguments.present(pictures, "pictures").size())
                .toArray();
        return captionAll(pictures, indices, options, GenerationListener.NONE);
    }

    /** Writes a caption. */
    default String caption(PictureInput picture) {
        return caption(picture, defaults());
    }

    /** Writes a caption, generated as the options say. */
    default String caption(PictureInput picture, GenerationOptions options) {
        return captionAll(List.of(Arguments.present(picture, "picture")), options)
                .getFirst()
                .text();
    }

    /**
     * Writes a caption and passes its text to a consumer while it is generated.
     *
     * @param pieces receives the text, piece after piece, by the calling thread; see {@link TextStream}
     * @return all of it
     */
    default String caption(PictureInput picture, Consumer<String> pieces) {
        return caption(picture, defaults(), pieces);
    }

    /** Writes a caption, generated as the options say, and passes its text to a consumer while it is generated. */
    default String caption(PictureInput picture, GenerationOptions options, Consumer<String> pieces) {
        TextStream stream = new TextStream(this::text, pieces);
        String all = captionAll(List.of(Arguments.present(picture, "picture")), new int[1], options, stream)
                .getFirst()
                .text();
        stream.end(all);
        return all;
    }

    /** Names the tensors of the checkpoint that the model does not use. */
    List<String> unusedTensors();

    @Override
    void close();
}
