package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.converter.views.TensorView;
import dev.fovea.tensor.ModelException;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a model's constructor does not find is told in the source's own names and shapes, though it asked for
 * transformers'.
 */
class LayoutErrorsTest {

    private static final String KIND = "is it a checkpoint of this kind of model?";

    @TempDir
    Path directory;

    private Path file;

    /** Writes a case's tensors anew, with zeros, but for one. */
    private void write(String name, String victim, String renamed, int longer) {
        Path source = Case.named(name).unpack(directory.resolve("source"));
        file = directory.resolve("changed.safetensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        String original = source.resolve(name + (name.startsWith("blip") ? ".pth" : ".pt"))
                .toString();
        try (SourceCheckpoint opened = SourceCheckpoint.open(Path.of(original))) {
            Map<String, TensorView> tensors = Naming.all(original, opened.tensors()).stream()
                    .map(Naming::tensors)
                    .filter(names -> names.containsKey(victim))
                    .findFirst()
                    .orElseThrow();
            tensors.forEach((tensor, view) -> {
                boolean changed = tensor.equals(victim);
                long[] extents = view.shape().extents().clone();
                if (changed) {
                    extents[0] += longer;
                }
                String as = changed ? renamed : tensor;
                if (view.dtype().isFloating() && as != null) {
                    Shape shape = Shape.of(extents);
                    writer.add(WeightData.of(as, shape, new float[(int) shape.elements()]));
                }
            });
        }
        writer.write(file);
    }

    private String error() {
        Converter converter = new Converter().activation("quick_gelu");
        return assertThrows(ModelException.class, () -> converter.convert(file, directory.resolve("out")))
                .getMessage();
    }

    @ParameterizedTest
    @CsvSource({
        "openai-vit, visual.transformer.resblocks.0.attn.in_proj_bias",
        "openai-vit, visual.proj",
        "openai-vit, ln_final.weight",
        "openai-resnet, visual.layer2.1.bn3.running_var",
        "blip-caption, visual_encoder.blocks.0.norm2.bias",
        "blip-vqa, text_decoder.bert.encoder.layer.0.crossattention.self.key.weight"
    })
    void missing(String name, String victim) {
        write(name, victim, null, 0);
        assertEquals(
                file + ": tensor \"" + victim + "\" is missing; is the file whole, and a checkpoint of this kind of"
                        + " model?",
                error());
    }

    @ParameterizedTest
    @CsvSource({
        "openai-vit, visual.transformer.resblocks.0.attn.in_proj_weight, '[193, 64], expected [192, 64]'",
        "openai-vit, visual.transformer.resblocks.0.mlp.c_proj.bias, '[65], expected [64]'",
        "openai-vit, visual.proj, '[65, 32], expected [64, 32]'",
        "blip-itm, itm_head.weight, '[3, 64], expected [2, 64]'"
    })
    void misshapen(String name, String victim, String shapes) {
        write(name, victim, victim, 1);
        assertEquals(file + ": tensor \"" + victim + "\" has shape " + shapes + "; " + KIND, error());
    }

    /** One is of no kind that the layout knows; another has a name as the model's, but the model asks for none. */
    @Test
    void leftOver() {
        write("openai-vit", "ln_final.weight", "ln_final.weight", 0);
        Path whole = file;
        file = directory.resolve("more.safetensors");
        SafetensorsWriter writer = new SafetensorsWriter();
        try (SourceCheckpoint opened = SourceCheckpoint.open(whole)) {
            opened.tensors()
                    .forEach((tensor, view) -> writer.add(WeightData.of(
                            tensor, view.shape(), new float[(int) view.shape().elements()])));
        }
        writer.add(WeightData.of("adapter", Shape.of(1), 1))
                .add(WeightData.of("ln_final.gate", Shape.of(1), 1))
                .write(file);
        assertEquals(
                file + ": holds tensors that this kind of model does not have: \"adapter\", \"ln_final.gate\"; Fovea"
                        + " does not run this variant",
                error());
    }
}
