package dev.fovea.app.evaluation;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.arguments.PromptOption;
import dev.fovea.app.pictures.PictureRun.Unreadable;
import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.evaluation.CaptionEvaluation;
import dev.fovea.evaluation.data.CaptionedImage;
import dev.fovea.evaluation.data.ExampleFile;
import dev.fovea.models.Captioner;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures captions against those of people. */
@Command(
        name = "captions",
        sortOptions = false,
        description = {
            "Measure captions (BLIP, or Florence-2 with such a model) against those of people: CIDEr-D, BLEU, ROUGE-L,"
                    + " and CLIPScore with --clip.",
            "Fields: image and references, and caption where a model has written one. Also COCO's captions (.json)."
        },
        footer = {
            "",
            "Examples:",
            "  fovea evaluate captions test.jsonl --sheet worst.html",
            "  fovea evaluate captions captions_val2017.json --images val2017/ --model blip-image-captioning-base",
            "  fovea evaluate captions written-elsewhere.jsonl --clip openai/clip-vit-base-patch32"
        })
public final class CaptionsCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private DataFile data;

    @Option(
            names = "--clip",
            paramLabel = "DIR|NAME",
            description = "A CLIP for CLIPScore and RefCLIPScore; papers take ViT-B/32.")
    private String clip;

    @Mixin
    private PromptOption prompt;

    @Mixin
    private EvaluationOutput output;

    @Mixin
    private GenerationFlags generation;

    /** Makes the command for a session that is set up while the command line is read. */
    public CaptionsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        generation.check();
        generation.requireSingle("evaluate");
        output.check(data.file());
        try (ExampleFile file = data.open()) {
            output.passOver(session, file.problems());
            List<CaptionedImage> pictures = file.captions();
            Map<Path, String> captions = new HashMap<>();
            List<Unreadable> unreadable = new ArrayList<>();
            ModelSource source = null;
            if (data.isAnswered(pictures, CaptionedImage::predicted, "caption")) {
                pictures.forEach(picture ->
                        captions.put(picture.image(), picture.predicted().orElseThrow()));
            } else {
                source = session.model(ModelSource.BLIP, "captioner");
                write(source, pictures, captions, unreadable);
            }
            CaptionEvaluation evaluation = new CaptionEvaluation();
            if (clip == null) {
                pictures.stream()
                        .filter(picture -> captions.containsKey(picture.image()))
                        .forEach(picture -> evaluation.add(picture, captions.get(picture.image())));
            } else {
                compare(pictures, captions, evaluation, unreadable);
            }
            return output.report(session, source, data.file(), evaluation.result(), unreadable);
        }
    }

    private void write(
            ModelSource source,
            List<CaptionedImage> pictures,
            Map<Path, String> captions,
            List<Unreadable> unreadable) {
        String words = prompt.words();
        ModelRun run = new ModelRun(
                session, source, pictures.stream().map(CaptionedImage::image).toList());
        run.<Captioner, GeneratedText>answer(
                () -> source.loadCaptioner(words),
                Captioner::unusedTensors,
                captioner -> {
                    GenerationOptions options = generation.over(captioner.defaults());
                    return (batch, numbers) -> captioner.captionAll(batch, numbers, options, GenerationListener.NONE);
                },
                (picture, caption) -> captions.put(picture, caption.text()));
        unreadable.addAll(run.unreadable());
    }

    /** Adds the captions with the embeddings of a CLIP; pictures that cannot be read are left out. */
    private void compare(
            List<CaptionedImage> pictures,
            Map<Path, String> captions,
            CaptionEvaluation evaluation,
            List<Unreadable> unreadable) {
        Map<Path, CaptionedImage> captioned = new HashMap<>();
        List<Path> files = new ArrayList<>();
        for (CaptionedImage picture : pictures) {
            if (captions.containsKey(picture.image())) {
                captioned.put(picture.image(), picture);
                files.add(picture.image());
            }
        }
        ModelRun run = new ModelRun(session, session.named(clip), files);
        run.embed(model ->
                (picture, vector) -> evaluation.add(captioned.get(picture), captions.get(picture), vector, model));
        unreadable.addAll(run.unreadable());
    }
}
