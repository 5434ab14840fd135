package dev.fovea.converter;

import java.util.Locale;

/**
 * Recognises files of weights that are neither PyTorch's nor safetensors. Most of their models are published in one of
 * these formats, too.
 */
final class ForeignFormat {

    private static final String INSTEAD = "; use the model's safetensors or PyTorch file";

    private ForeignFormat() {}

    /** Returns what a file of this name is and what to do, or null if the name belongs to no such format. */
    static String of(String name) {
        String format = format(name.toLowerCase(Locale.ROOT));
        return format == null ? null : format + INSTEAD;
    }

    private static String format(String name) {
        if (name.endsWith(".gguf") || name.endsWith(".ggml")) {
            return "a file of llama.cpp";
        }
        if (name.endsWith(".onnx") || name.endsWith(".onnx_data")) {
            return "an ONNX graph";
        }
        if (name.endsWith(".h5") || name.endsWith(".keras") || name.equals("saved_model.pb")) {
            return "a model of TensorFlow";
        }
        if (name.endsWith(".ckpt.index") || name.matches(".*\\.data-\\d{5}-of-\\d{5}")) {
            return "a checkpoint of TensorFlow";
        }
        if (name.endsWith(".tflite")) {
            return "a model of TensorFlow Lite";
        }
        if (name.endsWith(".msgpack")) {
            return "a checkpoint of Flax";
        }
        if (name.endsWith(".npz") || name.endsWith(".npy")) {
            return "arrays of NumPy, as MLX once wrote and big_vision writes (of SigLIP the hub has the same weights"
                    + " under google/)";
        }
        if (name.endsWith(".mlmodel") || name.endsWith(".mlpackage")) {
            return "a model of Core ML";
        }
        if (name.startsWith("openvino_model")) {
            return "a model of OpenVINO";
        }
        return name.endsWith(".engine") || name.endsWith(".plan") ? "an engine of TensorRT" : null;
    }
}
