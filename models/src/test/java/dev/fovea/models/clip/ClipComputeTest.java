package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.LoadOptions;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.ConvolutionShape;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Precision;
import dev.fovea.tensor.Weight;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.spi.WrappingBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which layers of a CLIP that computes in int8 have more bits. */
class ClipComputeTest {

    /** Notes in what precision each weight is multiplied. */
    private static final class Noting extends WrappingBackend {

        private final Map<String, Precision> precisions = new TreeMap<>();

        Noting(Backend inner) {
            super(inner);
        }

        @Override
        protected <T> T around(Call call, Supplier<T> operation) {
            return operation.get();
        }

        @Override
        public Weight.Linear linearWeight(
                List<WeightData> weights, List<WeightData> biases, DType storage, Precision precision) {
            weights.forEach(weight -> precisions.put(weight.name(), precision));
            return super.linearWeight(weights, biases, storage, precision);
        }

        @Override
        public Weight.Convolution convolutionWeight(
                WeightData kernel, WeightData bias, ConvolutionShape shape, Precision precision) {
            precisions.put(kernel.name(), precision);
            return super.convolutionWeight(kernel, bias, shape, precision);
        }
    }

    @Test
    void pixelsAndEmbeddingsHaveSixteenBitsWhereTheRestHasEight(@TempDir Path folder) {
        try (OracleCase oracle = OracleCase.open("head-dim-10");
                Noting backend = new Noting(Backends.open("cpu", 1));
                Clip clip =
                        Clip.load(oracle.copyTo(folder), LoadOptions.on(backend).withCompute(Precision.INT8))) {
            assertTrue(clip.dimension() > 0);
            List<String> finer = backend.precisions.entrySet().stream()
                    .filter(weight -> weight.getValue() == Precision.INT16)
                    .map(Map.Entry::getKey)
                    .toList();
            assertEquals(
                    List.of(
                            "text_projection.weight",
                            "vision_model.embeddings.patch_embedding.weight",
                            "visual_projection.weight"),
                    finer);
            backend.precisions.keySet().removeAll(finer);
            assertTrue(backend.precisions.size() > finer.size(), "layers of the towers: " + backend.precisions);
            backend.precisions.forEach((name, precision) -> assertEquals(Precision.INT8, precision, name));
        }
    }
}
