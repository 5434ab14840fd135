package dev.fovea.models.florence;

import dev.fovea.models.TestDevices;
import dev.fovea.models.adapter.AdapterCase;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of a Florence-2 with an adapter that PEFT wrote, beside transformers'. */
class FlorenceAdapterTest {

    @TempDir
    private Path folder;

    private void check(AdapterCase adapter, String device) {
        try (FlorenceCase base = FlorenceCase.open("base");
                Backend backend = TestDevices.open(device);
                Florence2 florence = Florence2.load(FlorenceCase.copy("base", folder), adapter.on(backend))) {
            adapter.check(
                    base,
                    florence.defaults(),
                    null,
                    (pixels, prompt, options) -> florence.generate(
                                    pixels, List.of(prompt), options, GenerationListener.NONE)
                            .getFirst());
        }
    }

    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void answersAreThoseOfPeft(String device) {
        check(AdapterCase.open("florence"), device);
    }

    /** Recipes of the years before transformers had the model name modules as Microsoft's code does. */
    @Test
    void anAdapterForMicrosoftsCodeIsTheSame(@TempDir Path other) throws IOException {
        AdapterCase adapter = AdapterCase.open("florence");
        Files.copy(adapter.folder().resolve("adapter_config.json"), other.resolve("adapter_config.json"));
        SafetensorsWriter writer = new SafetensorsWriter();
        try (Checkpoint tensors = Checkpoint.open(adapter.folder().resolve("adapter_model.safetensors"))) {
            for (TensorEntry tensor : tensors.tensors()) {
                String name = tensor.name()
                        .replace("model.model.language_model.", "model.language_model.model.")
                        .replace("model.lm_head.", "model.language_model.lm_head.")
                        .replace("model.model.vision_tower.", "model.vision_tower.")
                        .replace("window_attn.qkv.", "window_attn.fn.qkv.")
                        .replace("channel_attn.qkv.", "channel_attn.fn.qkv.");
                writer.add(new TensorEntry(name, tensor.type(), tensor.shape(), tensor.data(), tensor.file()));
            }
            writer.write(other.resolve("adapter_model.safetensors"));
        }
        check(new AdapterCase(other, adapter.answers()), Backends.DEFAULT);
    }
}
