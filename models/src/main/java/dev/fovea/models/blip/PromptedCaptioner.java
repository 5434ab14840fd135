package dev.fovea.models.blip;

import dev.fovea.models.Captioner;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.PictureInput;
import java.util.List;

/** A captioner whose captions begin with given words. */
record PromptedCaptioner(BlipCaptioner model, String prompt) implements Captioner {

    @Override
    public GenerationOptions defaults() {
        return model.defaults();
    }

    @Override
    public List<GeneratedText> captionAll(
            List<? extends PictureInput> pictures,
            int[] indices,
            GenerationOptions options,
            GenerationListener listener) {
        return model.captionAll(pictures, indices, model.prompt(prompt), options, listener);
    }

    @Override
    public String text(int[] tokens) {
        return model.text(tokens);
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
