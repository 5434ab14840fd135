package dev.fovea.app;

import static dev.fovea.app.ErrorsTest.assertOneLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people give to {@code --model} that is no folder of transformers, and models of another kind than a command
 * needs.
 */
class ModelFoldersTest {

    @TempDir
    Path directory;

    private Path clip;
    private Path picture;

    @BeforeEach
    void prepare() throws IOException {
        clip = TinyClip.write(directory.resolve("clip"));
        picture = ClassifyCommandTest.picture(directory.resolve("picture.png"), 0x112233);
    }

    private Ran classify(Object model) {
        return Ran.fovea("classify", "--model", model, picture, "a", "b");
    }

    private Path copy(String name) throws IOException {
        Path to = Files.createDirectories(directory.resolve(name));
        try (Stream<Path> files = Files.list(clip)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    private Path folder(String name, String... files) throws IOException {
        Path folder = Files.createDirectories(directory.resolve(name));
        for (String file : files) {
            Files.writeString(folder.resolve(file), "{}");
        }
        return folder;
    }

    @Test
    void aRepositoryOfTheHubsCacheIsTheModelInIt() throws IOException {
        Path repository = directory.resolve("models--me--clip");
        copy("models--me--clip/snapshots/one");
        assertEquals(classify(clip).out(), classify(repository).out());
        assertEquals(0, classify(repository).exit());
        copy("models--me--clip/snapshots/two");
        assertOneLine(classify(repository), "several snapshots", "one, two");
        Files.createDirectories(repository.resolve("refs"));
        Files.writeString(repository.resolve("refs/main"), "two\n");
        assertEquals(0, classify(repository).exit());
        assertOneLine(classify(folder("models--me--none/snapshots").getParent()), "download it again");
    }

    @Test
    void theOnlyVariantIsLoaded() throws IOException {
        Path model = copy("variant");
        Files.move(model.resolve("model.safetensors"), model.resolve("model.fp16.safetensors"));
        assertEquals(classify(clip).out(), classify(model).out());
        Files.copy(model.resolve("model.fp16.safetensors"), model.resolve("model.bf16.safetensors"));
        assertOneLine(classify(model), "model.bf16.safetensors, model.fp16.safetensors; rename the one");
    }

    @Test
    void otherLayoutsAreNamed() throws IOException {
        assertOneLine(
                classify(folder("open-clip", "open_clip_config.json", "open_clip_model.safetensors")),
                "open_clip",
                "convert");
        Path adapter = folder("adapter", "adapter_model.safetensors");
        Files.writeString(adapter.resolve("adapter_config.json"), "{\"base_model_name_or_path\": \"openai/clip\"}");
        assertOneLine(classify(adapter), "an adapter (PEFT) for openai/clip and no whole model");
        Files.writeString(adapter.resolve("adapter_config.json"), "[");
        assertOneLine(classify(adapter), "an adapter (PEFT) for its base model");
        Files.copy(clip.resolve("config.json"), adapter.resolve("config.json"));
        assertOneLine(classify(adapter), "an adapter (PEFT) and no whole model");
        Path sentences = folder("sentences", "modules.json");
        copy("sentences/0_CLIPModel");
        assertOneLine(classify(sentences), "sentence-transformers", "one of its sub-folders: 0_CLIPModel");
        assertEquals(0, classify(sentences.resolve("0_CLIPModel")).exit());
        assertOneLine(classify(folder("openai", "ViT-B-32.pt")), "PyTorch weights without a configuration", "convert");
        assertOneLine(classify(folder("onnx", "model.onnx")), "GGUF or ONNX");
        assertOneLine(classify(clip.resolve("model.safetensors")), "this is a file; pass the folder");
        assertOneLine(
                classify(Files.writeString(directory.resolve("x.safetensors"), "PK\3\4")),
                "no folder but a zip file",
                "convert");
    }

    @Test
    void aModelOfAnotherKindIsCalledWhatItIs() throws IOException {
        Path captioner = TinyModels.blip(directory.resolve("captioner"), "caption-base");
        Path answerer = TinyModels.blip(directory.resolve("answerer"), "vqa-base");
        Path matcher = TinyModels.blip(directory.resolve("matcher"), "itm-base");
        Path florence = TinyModels.florence(directory.resolve("florence"), "base");
        Path classifier = TinyClassifier.write(directory.resolve("classifier"), TinyClassifier.VIT);
        Map<Path, String> labels = Map.of(
                clip, "a CLIP",
                captioner, "a BLIP for captions",
                answerer, "a BLIP for questions",
                matcher, "a BLIP for matching",
                florence, "a Florence-2",
                classifier, "a classifier with classes of its own");
        Map<List<Object>, List<Path>> commands = Map.of(
                List.of("classify", picture, "a"), List.of(clip, classifier),
                List.of("embed", "--text", "a"), List.of(clip),
                List.of("caption", picture), List.of(captioner, florence),
                List.of("ask", picture, "what?"), List.of(answerer),
                List.of("match", picture, "a"), List.of(matcher),
                List.of("detect", picture), List.of(florence),
                List.of("florence", picture, "od"), List.of(florence));
        commands.forEach((command, fitting) -> labels.forEach((model, label) -> {
            if (!fitting.contains(model)) {
                List<Object> all = Stream.concat(command.stream(), Stream.<Object>of("--model", model))
                        .toList();
                assertOneLine(Ran.fovea(all.toArray()), model + " is " + label, command.getFirst() + " needs a ");
            }
        }));
        assertOneLine(
                Ran.fovea("classify", picture, "a", "--model", "blip-mini"),
                "blip-mini is a BLIP; classify needs a CLIP or a classifier");
        Path other = folder("other");
        Files.writeString(other.resolve("config.json"), "{\"model_type\": \"llama\"}");
        assertOneLine(classify(other), "a model of type llama, which Fovea does not run");
    }

    @Test
    void conversionGoesByWhatAFileHolds() throws IOException {
        Path named = Files.copy(clip.resolve("model.safetensors"), directory.resolve("weights.pt"));
        Ran ran = Ran.fovea("convert", named, directory.resolve("out"));
        assertTrue(ran.err().contains("weights of no model that can be told"), ran.err()); // it was read
    }
}
