package dev.fovea.app;

import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.FoveaException;
import java.util.List;

/** Writes captions, whatever model it is. */
interface Captioner extends AutoCloseable {

    /** How captions are written where nothing else is said. */
    GenerationOptions defaults();

    /**
     * Captions of pictures out of a larger number.
     *
     * @param numbers for every picture its number among all
     * @param listener looks on, or null
     */
    List<GeneratedText> captions(
            List<? extends PictureInput> pictures,
            int[] numbers,
            GenerationOptions options,
            GenerationListener listener);

    /** The text of some tokens of a caption. */
    String text(int[] tokens);

    /** Tensors of the checkpoint that the model does not use. */
    List<String> unusedTensors();

    @Override
    void close();

    /**
     * Loads BLIP or Florence-2, as the checkpoint's configuration says.
     *
     * @param prompt what captions begin with, or null
     */
    static Captioner load(ModelSource source, String prompt) {
        if (!source.isFlorence()) {
            return new Blip(source.loadCaptioner(), prompt);
        }
        if (prompt != null) {
            throw new FoveaException(
                    source.name() + ": Florence-2 takes no --prompt; leave it out, or ask for more" + " with describe");
        }
        return new Florence(source.loadFlorence());
    }

    /** BLIP. */
    record Blip(BlipCaptioner model, String prompt) implements Captioner {

        @Override
        public GenerationOptions defaults() {
            return model.defaults();
        }

        @Override
        public List<GeneratedText> captions(
                List<? extends PictureInput> pictures,
                int[] numbers,
                GenerationOptions options,
                GenerationListener listener) {
            return model.captions(pictures, numbers, prompt, options, listener);
        }

        @Override
        public String text(int[] tokens) {
            return model.tokenizer().decode(tokens, true);
        }

        @Override
        public List<String> unusedTensors() {
            return model.unusedTensors();
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** The task {@code <CAPTION>} of Florence-2. */
    record Florence(Florence2 model) implements Captioner {

        @Override
        public GenerationOptions defaults() {
            return model.defaults();
        }

        @Override
        public List<GeneratedText> captions(
                List<? extends PictureInput> pictures,
                int[] numbers,
                GenerationOptions options,
                GenerationListener listener) {
            return model.run(pictures, numbers, FlorenceTask.CAPTION, null, options, listener).stream()
                    .map(answer -> new GeneratedText(answer.result().text(), answer.generation()))
                    .toList();
        }

        @Override
        public String text(int[] tokens) {
            return model.plainText(tokens);
        }

        @Override
        public List<String> unusedTensors() {
            return model.unusedTensors();
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
