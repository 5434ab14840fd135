package dev.fovea.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.network.ClipConfig;
import dev.fovea.models.nn.TransformerShape;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.models.nn.VisionShape;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.FoveaException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkTest {

    @Test
    void readsThePeersNames() {
        assertEquals(new Work("image-16", Work.Kind.IMAGES, 16, 1), Work.named("image-16"));
        assertEquals(new Work("text-full", Work.Kind.FULL_TEXT, 1, 1), Work.named("text-full"));
        assertEquals(new Work("text-usual", Work.Kind.USUAL_TEXT, 1, 1), Work.named("text-usual"));
        assertEquals(new Work("labels-1000", Work.Kind.LABELS, 1000, 1), Work.named("labels-1000"));
        assertEquals(new Work("tower-2", Work.Kind.TOWER, 2, 1), Work.named("tower-2"));
        assertEquals(new Work("generate-20-beams-3", Work.Kind.GENERATE, 20, 3), Work.named("generate-20-beams-3"));
        assertEquals(Work.Kind.TRIMMED_LABELS, Work.named("labels-64-trimmed").kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "image", "image-0", "image-4-trimmed", "text-4", "labels-", "labels-10000"})
    void refusesOthers(String name) {
        String message =
                assertThrows(FoveaException.class, () -> Work.named(name)).getMessage();
        assertTrue(message.contains("\"" + name + "\"") && message.contains("image-B"), message);
    }

    /**
     * The fact sheets of ViT-B/32 say 4.4 billion multiply-adds; the part of the last block that Fovea leaves out is
     * 0.3.
     */
    @Test
    void countsWhatIsComputed() {
        var vision =
                new TransformerShape(768, 3072, 12, 12, Activation.QUICK_GELU, 1e-5f, NormPlacement.PRE, Mask.NONE);
        var text = new TransformerShape(512, 2048, 12, 8, Activation.QUICK_GELU, 1e-5f, NormPlacement.PRE, Mask.CAUSAL);
        var config = new ClipConfig(
                512,
                new ClipConfig.Vit(new VisionShape(vision, 3, 224, 32)),
                new ClipConfig.Text(text, 49408, 77, 49407));
        var inputs = new PeerInputs(null, 224, 16, new int[77], List.of(new int[7], new int[7]), null);
        Effort effort = new Effort(config, inputs);
        double image = effort.flops(Work.named("image-1"));
        assertEquals(2 * 4.1e9, image, 0.1e9);
        assertEquals(16 * image, effort.flops(Work.named("image-16")), 1);
        assertEquals(2 * 2.7e9, effort.flops(Work.named("text-full")), 0.1e9);
        assertEquals(2 * effort.flops(Work.named("text-usual")), effort.flops(Work.named("labels-2")), 1);
    }
}
