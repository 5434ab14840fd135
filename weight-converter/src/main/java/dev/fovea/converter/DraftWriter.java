package dev.fovea.converter;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.json.JsonWriter;
import dev.fovea.tensor.numbers.QuantizedMatrix;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import dev.fovea.tensor.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a draft into a folder.
 *
 * @param draft what to write
 * @param folder an existing folder
 */
record DraftWriter(Draft draft, Path folder) {

    private static final String WEIGHTS = "model.safetensors";

    /** Writes everything, with weights in a precision. */
    void write(TypeConversion stored) throws IOException {
        writeSmallFiles(stored.asked());
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        draft.tensors().forEach((name, tensor) -> stored.add(writer, name, tensor));
        writer.write(folder.resolve(WEIGHTS));
    }

    /**
     * Writes everything but the values of the weights: their names, types and shapes, and a hole where the file system
     * can have one. A model can be loaded from it as it could from the whole, which tells whether the whole is worth
     * writing.
     */
    void writeOutline(TypeConversion stored) throws IOException {
        writeSmallFiles(stored.asked());
        Map<String, Object> header = new LinkedHashMap<>();
        long end = 0;
        for (Map.Entry<String, JoinedViews> tensor : draft.tensors().entrySet()) {
            Shape shape = tensor.getValue().shape();
            DType type = stored.of(tensor.getKey(), tensor.getValue().dtype(), shape);
            end = describe(header, tensor.getKey(), type, shape, end);
            if (type == DType.I8 && tensor.getValue().dtype() != DType.I8) {
                Shape scales = Shape.of(shape.extent(0), QuantizedMatrix.groups(shape.extent(1)));
                end = describe(header, tensor.getKey() + TensorEntry.SCALES, DType.F32, scales, end);
            }
        }
        byte[] text = JsonWriter.document(header);
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + text.length).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(text.length).put(text).flip();
        try (FileChannel file = FileChannel.open(
                folder.resolve(WEIGHTS),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.SPARSE,
                StandardOpenOption.WRITE)) {
            file.write(start);
            if (end > 0) {
                file.write(ByteBuffer.allocate(1), file.position() + end - 1);
            }
        }
    }

    private static long describe(Map<String, Object> header, String name, DType type, Shape shape, long begin) {
        long end = begin + shape.elements() * type.bytes();
        header.put(
                name,
                JsonWriter.object(
                        "dtype",
                        type.name(),
                        "shape",
                        Arrays.stream(shape.extents()).boxed().toList(),
                        "data_offsets",
                        List.of(begin, end)));
        return end;
    }

    private void writeSmallFiles(DType precision) throws IOException {
        Files.write(folder.resolve("config.json"), JsonWriter.document(config(precision)));
        for (Map.Entry<String, byte[]> file : draft.files().entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        for (Map.Entry<String, Path> copy : draft.copies().entrySet()) {
            Files.copy(copy.getValue(), folder.resolve(copy.getKey()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /**
     * Returns the configuration with the type of most elements, under both names that versions of transformers read.
     */
    private Map<String, Object> config(DType precision) {
        Map<String, Object> config = new LinkedHashMap<>(draft.config());
        if (precision == DType.I8) {
            // Makes other tools say that they do not know this, instead of taking bytes for weights.
            Map<String, Object> quantization = JsonWriter.object(
                    "quant_method", "fovea-int8", "bits", 8, "group_size", QuantizedMatrix.GROUP, "sym", true);
            config.put("quantization_config", quantization);
        } else if (precision != null || !config.containsKey("dtype") && !config.containsKey("torch_dtype")) {
            String name = name(precision == null ? commonType() : precision);
            config.remove("dtype");
            config.put("torch_dtype", name);
        }
        return config;
    }

    private DType commonType() {
        Map<DType, Long> numbers = new LinkedHashMap<>();
        draft.tensors().values().stream()
                .filter(tensor -> tensor.dtype().isFloating())
                .forEach(tensor -> numbers.merge(tensor.dtype(), tensor.shape().elements(), Long::sum));
        return numbers.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(DType.F32);
    }

    private static String name(DType type) {
        return switch (type) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case F64 -> "float64";
            default -> "float32";
        };
    }
}
