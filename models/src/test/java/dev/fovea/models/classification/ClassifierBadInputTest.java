package dev.fovea.models.classification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.reference.ReferenceBackend;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a classifier's folder is one {@link FoveaException} with one line that says what. */
class ClassifierBadInputTest {

    private static final Backend BACKEND = new ReferenceBackend();

    @TempDir
    private Path folder;

    private void failsNaming(String... parts) {
        String message = assertThrows(FoveaException.class, () -> ImageClassifier.load(folder, BACKEND))
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        for (String part : parts) {
            assertTrue(message.contains(part), "\"" + part + "\" in: " + message);
        }
    }

    @ParameterizedTest(name = "{0}: {1} becomes {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "resnet-basic | \"layer_type\": \"basic\" | \"layer_type\": \"plain\" | layer_type is \"plain\","
                        + " expected \"basic\"",
                "resnet-basic | \"layer_type\": \"basic\" | \"x\": 1 | layer.0.convolution.weight\" has shape",
                "resnet-basic | \"depths\": [ | \"depths\": [ 1, | depths is [1, 2, 1], expected 2 whole numbers",
                "resnet-basic | \"depths\": [ | \"depths\": [], \"x\": [ | depths is [], expected a list",
                "resnet-basic | \"hidden_sizes\": [ | \"hidden_sizes\": 16, \"x\": [ | hidden_sizes is 16, expected a"
                        + " list",
                "resnet-bottleneck | \"num_channels\": 3 | \"num_channels\": 1 | num_channels is 1, expected 3",
                "resnet-bottleneck | \"embedding_size\": 8 | \"embedding_size\": 9 | convolution.weight\" has shape"
                        + " [8, 3, 7, 7], expected [9, 3, 7, 7]",
                "resnet-bottleneck | \"downsample_in_bottleneck\": false | \"downsample_in_bottleneck\": 1 |"
                        + " downsample_in_bottleneck is 1, expected true or false",
                "resnet-bottleneck | \"hidden_act\": \"relu\" | \"hidden_act\": \"mish\" | hidden_act is \"mish\","
                        + " expected relu",
                "vit | \"qkv_bias\": true | \"qkv_bias\": false | qkv_bias is false, expected true",
                "vit | \"hidden_size\": 32 | \"hidden_size\": 48 | projection.bias\" has shape [32], expected [48]",
                "vit | \"image_size\": 32 | \"image_size\": [32, 32, 3] | image_size is [32, 32, 3], expected a whole"
                        + " number or [height, width]",
                "vit | \"image_size\": 32 | \"image_size\": [32, 0] | image_size is [32, 0], expected a whole number"
                        + " or [height, width]",
                "vit | \"patch_size\": 8 | \"patch_size\": [8, \"8\"] | patch_size is [8, \"8\"], expected a whole"
                        + " number or [height, width]",
                "vit-oblong | \"image_size\": [ | \"image_size\": [25, 9], \"x\": [ | patch_size is [8, 10], expected"
                        + " at most image_size 25 x 9",
                "clip | \"CLIPForImageClassification\" | \"CLIPModel\" | architectures is [\"CLIPModel\"], expected"
                        + " [\"CLIPForImageClassification\"]",
                "clip | \"architectures\": [ | \"architectures\": 5, \"x\": [ | architectures is 5, expected a list"
                        + " of texts",
                "clip | \"5\": \"class 5\" | \"6\": \"class 5\" | id2label has 6 entries and no name for 5",
                "vit | \"model_type\": \"vit\" | \"model_type\": \"swin\" | model_type is \"swin\", expected \"vit\","
                        + " \"resnet\", \"convnext\", \"clip\", \"dinov2\" or",
                "vit | , \"6\": \"class 6\" | '' | id2label names 6 classes, but classifier.weight has 7",
                "vit | \"6\": \"class 6\" | \"7\": \"class 6\" | id2label has 7 entries and no name for 6",
                "vit | \"6\": \"class 6\" | \"6\": 6 | id2label has 7 entries and no name for 6",
            })
    void aFieldIsWrong(String name, String from, String to, String complaint) throws IOException {
        ClassifierCase.copy(name, folder);
        Path file = folder.resolve("config.json");
        String config = Files.readString(file).replaceAll("\\s*\\n\\s*", " ");
        String edited = config.replace(from, to);
        assertFalse(edited.equals(config), "no " + from + " in " + config);
        Files.writeString(file, edited);
        failsNaming(complaint);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "resnet-basic", "resnet-bottleneck"})
    void anyTensorIsMissing(String name) {
        ClassifierCase.copy(name, folder);
        try (Checkpoint original = Checkpoint.open(ClassifierCase.original(name))) {
            List<String> names = original.names().stream()
                    .filter(tensor -> !tensor.endsWith("num_batches_tracked"))
                    .toList();
            for (String missing : names) {
                SafetensorsWriter writer = new SafetensorsWriter();
                original.tensors().stream()
                        .filter(tensor -> !tensor.name().equals(missing))
                        .forEach(writer::add);
                writer.write(folder.resolve("model.safetensors"));
                failsNaming("\"" + missing + "\" is missing");
            }
        }
    }

    @Test
    void thePreprocessingIsMissing() throws IOException {
        ClassifierCase.copy("vit", folder);
        Files.delete(folder.resolve("preprocessor_config.json"));
        failsNaming("preprocessor_config.json");
    }
}
