package dev.fovea.app.tuning;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.CaptionEvaluation;
import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.models.Captioner;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.image.PreparedPicture;
import dev.fovea.training.GeneratorTuning;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Captions of pictures, by a BLIP or a Florence-2. */
final class CaptionTask implements TextTask<CaptionedImage, Captioner> {

    private static final Set<String> FIGURES = Set.of("cider", "bleu_4", "rouge_l");

    @Override
    public ModelSource model(Session session) {
        return session.model(ModelSource.BLIP, "captioner");
    }

    @Override
    public Captioner load(ModelSource source) {
        return source.loadCaptioner(null);
    }

    @Override
    public Captioner load(Path folder, LoadOptions options) {
        return Captioners.load(folder, options);
    }

    @Override
    public List<String> unused(Captioner model) {
        return model.unusedTensors();
    }

    @Override
    public List<CaptionedImage> examples(ExampleFile file) {
        return file.captions();
    }

    @Override
    public Path image(CaptionedImage example) {
        return example.image();
    }

    @Override
    public List<String> texts(CaptionedImage example) {
        return example.texts();
    }

    @Override
    public Function<CaptionedImage, String> prompts(ModelSource source) {
        String prompt = GeneratorTuning.of(source.folder(), source.options())
                .defaultPrompt()
                .orElseThrow();
        return example -> prompt;
    }

    @Override
    public Map<String, Double> measure(
            Captioner model, List<CaptionedImage> examples, Function<Path, PreparedPicture> pictures) {
        Map<Path, GeneratedText> captions = Generators.answers(
                examples.stream().map(CaptionedImage::image).toList(),
                pictures,
                (batch, indices) -> model.captionAll(batch, indices, model.defaults(), GenerationListener.NONE));
        CaptionEvaluation evaluation = new CaptionEvaluation();
        examples.forEach(
                example -> evaluation.add(example, captions.get(example.image()).text()));
        return Generators.figures(evaluation.result(), FIGURES);
    }
}
