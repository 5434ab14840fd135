package dev.fovea.models.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.nn.TransformerShape.NormPlacement;
import dev.fovea.tensor.Activation;
import dev.fovea.tensor.AttentionShape.Mask;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Segments;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.Tensor;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.reference.ReferenceBackend;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The block beside its equations, written with one operation after the other, and reading one token beside reading
 * all of them.
 */
class TransformerStackTest {

    private static final int HIDDEN = 6;
    private static final int INTERMEDIATE = 10;
    private static final int LAYERS = 2;

    /** Two sequences, of four and of three tokens. */
    private static final Segments SEGMENTS = Segments.ofLengths(4, 3);

    private static final BlockNames THREE_MATRICES = new BlockNames(
            new BlockNames.Attention("q", List.of("k", "v"), "out", "norm1"),
            null,
            new BlockNames.Mlp("expand", "reduce", "norm2"));

    private static final BlockNames ONE_MATRIX =
            new BlockNames(new BlockNames.Attention("qkv", List.of(), "out", "norm1"), null, THREE_MATRICES.mlp());

    @TempDir
    Path folder;

    private final Random random = new Random(11);
    private final Backend backend = new ReferenceBackend();

    @Test
    void aBlockIsItsEquations() {
        try (Checkpoint checkpoint = checkpoint()) {
            Parameters tower = parameters(checkpoint);
            Tensor x = tokens();
            for (NormPlacement placement : NormPlacement.values()) {
                TransformerShape shape = shape(placement, Mask.CAUSAL, 1);
                TransformerStack stack = TransformerStack.encoder(tower, "layer", shape, THREE_MATRICES);
                assertArrayEquals(
                        plain(tower.at("layer", 0), shape, x).toArray(),
                        stack.apply(x, SEGMENTS).toArray(),
                        1e-5f,
                        placement.toString());
            }
        }
    }

    /** Without any fusion, as the papers write it. */
    private Tensor plain(Parameters block, TransformerShape shape, Tensor x) {
        return switch (shape.placement()) {
            case PRE -> {
                Tensor sum = backend.add(x, attention(block, shape, norm(block, "norm1", x)));
                yield backend.add(sum, mlp(block, norm(block, "norm2", sum)));
            }
            case POST -> {
                Tensor sum = norm(block, "norm1", backend.add(x, attention(block, shape, x)));
                yield norm(block, "norm2", backend.add(sum, mlp(block, sum)));
            }
            case AFTER_PART -> {
                Tensor sum = backend.add(x, norm(block, "norm1", attention(block, shape, x)));
                yield backend.add(sum, norm(block, "norm2", mlp(block, sum)));
            }
        };
    }

    private Tensor norm(Parameters block, String name, Tensor x) {
        return backend.layerNorm(x, block.layerNorm(name, HIDDEN, 1e-5f));
    }

    private Tensor attention(Parameters block, TransformerShape shape, Tensor x) {
        Tensor q = block.linear("q", HIDDEN, HIDDEN).apply(x);
        Tensor k = block.linear("k", HIDDEN, HIDDEN).apply(x);
        Tensor v = block.linear("v", HIDDEN, HIDDEN).apply(x);
        Tensor mixed = backend.attention(q, k, v, SEGMENTS, SEGMENTS, shape.attention());
        return block.linear("out", HIDDEN, HIDDEN).apply(mixed);
    }

    private Tensor mlp(Parameters block, Tensor x) {
        Tensor inner = block.linear("expand", HIDDEN, INTERMEDIATE).apply(x);
        return block.linear("reduce", INTERMEDIATE, HIDDEN).apply(backend.activate(inner, Activation.GELU));
    }

    @Test
    void oneTokenOfEachSequenceIsThatOfAllTokens() {
        int[] ends = {3, 6};
        try (Checkpoint checkpoint = checkpoint()) {
            Parameters tower = parameters(checkpoint);
            Tensor x = tokens();
            for (NormPlacement placement : NormPlacement.values()) {
                for (Mask mask : List.of(Mask.NONE, Mask.CAUSAL)) {
                    TransformerShape shape = shape(placement, mask, LAYERS);
                    for (BlockNames names : List.of(THREE_MATRICES, ONE_MATRIX)) {
                        TransformerStack all = TransformerStack.encoder(tower, "layer", shape, names);
                        TransformerStack pooled = TransformerStack.pooledEncoder(tower, "layer", shape, names);
                        float[] expected =
                                backend.gatherRows(all.apply(x, SEGMENTS), ends).toArray();
                        String what = placement + " " + mask;
                        assertArrayEquals(
                                expected, pooled.apply(x, SEGMENTS, ends).toArray(), what);
                        assertArrayEquals(expected, all.apply(x, SEGMENTS, ends).toArray(), what);
                    }
                }
            }
        }
    }

    private static TransformerShape shape(NormPlacement placement, Mask mask, int layers) {
        return new TransformerShape(HIDDEN, INTERMEDIATE, layers, 2, Activation.GELU, 1e-5f, placement, mask);
    }

    private Parameters parameters(Checkpoint checkpoint) {
        return new Parameters(backend, Weights.of(checkpoint), LoadOptions.on(backend));
    }

    private Tensor tokens() {
        return backend.tensor(SEGMENTS.totalLength(), HIDDEN, draw(SEGMENTS.totalLength() * HIDDEN));
    }

    private Checkpoint checkpoint() {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "layer." + layer + ".";
            for (String name : List.of("q", "k", "v", "out")) {
                linear(writer, block + name, HIDDEN, HIDDEN);
            }
            linear(writer, block + "qkv", HIDDEN, 3 * HIDDEN);
            linear(writer, block + "expand", HIDDEN, INTERMEDIATE);
            linear(writer, block + "reduce", INTERMEDIATE, HIDDEN);
            for (String name : List.of("norm1", "norm2")) {
                add(writer, block + name + ".weight", HIDDEN);
                add(writer, block + name + ".bias", HIDDEN);
            }
        }
        Path file = folder.resolve("model.safetensors");
        writer.write(file);
        return Checkpoint.open(file);
    }

    private void linear(SafetensorsWriter writer, String name, int inputs, int outputs) {
        add(writer, name + ".weight", outputs, inputs);
        add(writer, name + ".bias", outputs);
    }

    private void add(SafetensorsWriter writer, String name, long... extents) {
        Shape shape = Shape.of(extents);
        writer.add(WeightData.of(name, shape, draw((int) shape.elements())));
    }

    private float[] draw(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
