package dev.fovea.models.blip;

import dev.fovea.models.TestDevices;
import dev.fovea.models.adapter.AdapterCase;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.tensor.Backend;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Captions of a BLIP with an adapter that PEFT wrote, beside transformers'. */
class BlipAdapterTest {

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "on {0}")
    @MethodSource("dev.fovea.models.TestDevices#all")
    void captionsAreThoseOfPeft(String device) {
        AdapterCase adapter = AdapterCase.open("blip");
        try (BlipCase base = BlipCase.open("caption-base");
                Backend backend = TestDevices.open(device);
                BlipCaptioner blip = BlipCaptioner.load(BlipCase.copy("caption-base", folder), adapter.on(backend))) {
            adapter.check(
                    base,
                    blip.defaults(),
                    blip.prompt(),
                    (pixels, prompt, options) -> blip.generate(
                                    pixels, List.of(prompt), options, GenerationListener.NONE)
                            .getFirst());
        }
    }
}
