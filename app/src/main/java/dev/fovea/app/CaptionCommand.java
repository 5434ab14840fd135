package dev.fovea.app;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.generation.GeneratedText;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.generation.GenerationOptions;
import dev.fovea.models.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What a picture shows, in words. */
@Command(
        name = "caption",
        sortOptions = false,
        description = "Say in words what a picture shows (BLIP).",
        footer = {
            "",
            "Examples:",
            "  fovea caption scene.png",
            "  fovea caption scene.png --prompt \"a picture of\" --beams 3",
            "  fovea caption holidays/ --model blip-image-captioning-base --json"
        })
final class CaptionCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A picture, or a folder: every picture in it.")
    private Path image;

    @Option(names = "--image", paramLabel = "FILE", description = "One more picture or folder; may be repeated.")
    private List<Path> moreImages = new ArrayList<>();

    @Mixin
    private PromptOption prompt;

    @Mixin
    private GenerationFlags generation;

    @ParentCommand
    private FoveaCommand fovea;

    private record Result(Path image, GeneratedText caption) {}

    @Override
    public Integer call() {
        generation.check();
        prompt.words();
        List<Path> inputs = new ArrayList<>(List.of(image));
        inputs.addAll(moreImages);
        boolean single = inputs.size() == 1 && !Files.isDirectory(image);
        List<Path> files = PictureFiles.expandSome(inputs);
        ModelSource source = fovea.model(ModelSource.BLIP, "captioner");
        List<Result> results = new ArrayList<>();
        PictureRun pictures = new PictureRun(fovea.console(), files);
        List<PictureRun.Unreadable> unreadable;
        try (BlipCaptioner blip = source.loadCaptioner()) {
            GenerationOptions options = generation.over(blip.defaults());
            boolean stream = single && !fovea.json() && fovea.console().style().terminal() && options.beams() == 1;
            unreadable = pictures.run(
                    (batch, numbers) -> captions(blip, batch, numbers, options, stream), (file, caption) -> {
                        if (fovea.json()) {
                            results.add(new Result(file, caption));
                        } else if (stream) {
                            fovea.console().print("\n");
                        } else {
                            fovea.console().print((single ? "" : file + "\t") + caption.text() + "\n");
                        }
                    });
        }
        if (fovea.json() && (!single || unreadable.isEmpty())) {
            fovea.console().print(json -> write(json, source, single, results, unreadable));
        }
        return unreadable.isEmpty() ? 0 : Main.FAILED;
    }

    private List<GeneratedText> captions(
            BlipCaptioner blip, List<Picture> batch, int[] numbers, GenerationOptions options, boolean stream) {
        GenerationListener listener = stream ? new TextStream(fovea.console(), blip.tokenizer()) : null;
        return blip.captions(batch, numbers, prompt.words(), options, listener);
    }

    private void write(
            JsonGenerator json,
            ModelSource source,
            boolean single,
            List<Result> results,
            List<PictureRun.Unreadable> unreadable)
            throws IOException {
        json.writeStringField("model", source.name());
        if (single) {
            write(json, results.getFirst());
            return;
        }
        json.writeStringField("image", image.toString());
        json.writeArrayFieldStart("images");
        for (Result result : results) {
            json.writeStartObject();
            write(json, result);
            json.writeEndObject();
        }
        json.writeEndArray();
        Json.writeUnreadable(json, unreadable);
    }

    private static void write(JsonGenerator json, Result result) throws IOException {
        json.writeStringField("image", result.image().toString());
        json.writeStringField("caption", result.caption().text());
        Json.writeTokens(json, result.caption().tokens());
    }
}
