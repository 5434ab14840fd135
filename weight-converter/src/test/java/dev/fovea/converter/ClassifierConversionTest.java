package dev.fovea.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.converter.pytorch.Pickles;
import dev.fovea.models.LabelScore;
import dev.fovea.models.classification.ImageClassifier;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Classifiers of transformers with their weights in PyTorch's format. */
class ClassifierConversionTest {

    private static final Path CASES = Path.of("../models/src/test/resources/dev/fovea/models/classification/cases")
            .toAbsolutePath();
    private static final String PREPROCESSING = """
            {"do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], \
            "image_std": [0.5, 0.5, 0.5],
             "image_processor_type": "ViTImageProcessor", "resample": 2, "size": {"height": 32, "width": 32}}
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"vit", "resnet-basic", "resnet-bottleneck"})
    void fromPytorch(String name) throws IOException {
        Path safetensors = Files.createDirectory(directory.resolve("safetensors"));
        Path pytorch = Files.createDirectory(directory.resolve("pytorch"));
        for (Path folder : List.of(safetensors, pytorch)) {
            Files.copy(CASES.resolve(name).resolve("config.json"), folder.resolve("config.json"));
            Files.writeString(folder.resolve("preprocessor_config.json"), PREPROCESSING);
        }
        Files.copy(CASES.resolve(name).resolve("model.safetensors"), safetensors.resolve("model.safetensors"));
        Files.write(pytorch.resolve("pytorch_model.bin"), bin(safetensors));
        Path converted = directory.resolve("converted");
        Conversion made = new Converter().convert(pytorch, converted);
        assertEquals(name.split("-")[0], made.architecture());
        List<LabelScore> expected = classified(safetensors);
        assertEquals(expected, classified(converted));
        assertTrue(expected.size() > 4);

        for (DType type : List.of(DType.F16, DType.BF16, DType.I8)) {
            try (Backend backend = Backends.open(Backends.DEFAULT, 1)) {
                OutputChange change = new Converter()
                        .precision(type)
                        .measuringChange(backend, Long.MAX_VALUE)
                        .convert(pytorch, directory.resolve(type.name()))
                        .change();
                assertEquals("logits", change.what());
                assertTrue(change.relativeError() > 1e-6 && change.relativeError() < 0.03, change.toString());
            }
        }
    }

    private static List<LabelScore> classified(Path folder) {
        try (ImageClassifier classifier = ImageClassifier.load(folder)) {
            assertEquals(List.of(), classifier.unusedTensors());
            Picture picture = SamplePictures.all().getFirst();
            return classifier.classify(picture);
        }
    }

    private static byte[] bin(Path folder) {
        Pickles pickle = new Pickles().ops("}(");
        Map<String, byte[]> storages = new LinkedHashMap<>();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            for (TensorEntry tensor : checkpoint.tensors()) {
                if (!tensor.type().equals("F32")) {
                    continue; // how many batches a norm has seen
                }
                long[] strides = new long[tensor.shape().rank()];
                long stride = 1;
                for (int axis = strides.length - 1; axis >= 0; axis--) {
                    strides[axis] = stride;
                    stride *= tensor.shape().extent(axis);
                }
                pickle.tensor(
                        tensor.name(), tensor.name(), stride, 0, tensor.shape().extents(), strides);
                storages.put(tensor.name(), tensor.data().toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return Pickles.zip(pickle.ops("u").end(), storages);
    }
}
