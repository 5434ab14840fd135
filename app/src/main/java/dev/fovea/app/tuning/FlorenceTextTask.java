package dev.fovea.app.tuning;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.evaluation.data.InstructedImage;
import dev.fovea.evaluation.metrics.TextErrors;
import dev.fovea.models.LoadOptions;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.SeenPicture;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.image.PreparedPicture;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Tasks of Florence-2, its own or new ones, and the texts that it is to write. */
final class FlorenceTextTask implements TextTask<InstructedImage, Florence2> {

    @Override
    public ModelSource model(Session session) {
        return session.model(ModelSource.FLORENCE);
    }

    @Override
    public Florence2 load(ModelSource source) {
        return source.loadFlorence();
    }

    @Override
    public Florence2 load(Path folder, LoadOptions options) {
        return Florence2.load(folder, options);
    }

    @Override
    public List<String> unused(Florence2 model) {
        return model.unusedTensors();
    }

    @Override
    public List<InstructedImage> examples(ExampleFile file) {
        List<InstructedImage> examples = file.instructions();
        examples.forEach(example -> FlorenceTask.writtenOut(example.prompt())); // complains about impossible ones
        return examples;
    }

    @Override
    public Path image(InstructedImage example) {
        return example.image();
    }

    @Override
    public List<String> texts(InstructedImage example) {
        return List.of(example.output());
    }

    @Override
    public Function<InstructedImage, String> prompts(ModelSource source) {
        return InstructedImage::prompt;
    }

    /** Measures how many texts are written exactly, places included, and how similar they are (1 - NED). */
    @Override
    public Map<String, Double> measure(
            Florence2 model, List<InstructedImage> examples, Function<Path, PreparedPicture> pictures) {
        Map<Path, SeenPicture> seen = Generators.answers(
                examples.stream().map(InstructedImage::image).toList(),
                pictures,
                (batch, indices) -> model.seeAll(batch));
        double exact = 0;
        double similar = 0;
        for (InstructedImage example : examples) {
            int[] tokens = model.askAll(
                            List.of(seen.get(example.image())),
                            new int[1],
                            List.of(example.prompt()),
                            model.defaults(),
                            GenerationListener.NONE)
                    .getFirst()
                    .tokens();
            String written = plain(model.decode(tokens));
            String expected = plain(example.output());
            exact += written.equals(expected) ? 1 : 0;
            similar += TextErrors.similarity(written, expected);
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("exact_match", exact / examples.size());
        figures.put("similarity", similar / examples.size());
        return figures;
    }

    private static String plain(String text) {
        return text.replaceAll("</?s>|<pad>", "").strip();
    }
}
