package dev.fovea.models.adapter;

import dev.fovea.models.files.WholeFile;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.json.JsonWriter;
import dev.fovea.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes LoRA adapters as PEFT's {@code save_pretrained} does, so that PEFT loads them ({@code
 * PeftModel.from_pretrained(base, folder)}), and Fovea with {@code LoadOptions.withAdapter}.
 *
 * @param base name or folder of the model that the adapter is for
 * @param rank of every pair
 * @param alpha the factor of a product is alpha / rank
 * @param dropout what was left out while it was trained; of no meaning afterwards
 */
public record AdapterWriter(String base, int rank, double alpha, double dropout) {

    /**
     * The two matrices of a layer.
     *
     * @param module path in the model of transformers, such as {@code vision_model.encoder.layers.0.self_attn.q_proj}
     * @param outputs of the layer
     * @param inputs of the layer
     * @param a {@code [rank, inputs]}
     * @param b {@code [outputs, rank]}
     */
    public record Pair(String module, int outputs, int inputs, float[] a, float[] b) {}

    /**
     * Writes an adapter. Its two files are whole or not there, also after a crash.
     *
     * @param folder is there
     * @param pairs at least one
     * @throws dev.fovea.tensor.FoveaException if a file cannot be written
     */
    public void write(Path folder, List<Pair> pairs) {
        SafetensorsWriter tensors = new SafetensorsWriter().metadata("format", "pt");
        List<String> modules = new ArrayList<>();
        for (Pair pair : pairs) {
            String path = LoraAdapter.PREFIX + pair.module();
            tensors.add(WeightData.of(path + LoraAdapter.MATRIX_A, Shape.of(rank, pair.inputs()), pair.a()));
            tensors.add(WeightData.of(path + LoraAdapter.MATRIX_B, Shape.of(pair.outputs(), rank), pair.b()));
            modules.add(pair.module());
        }
        tensors.write(folder.resolve(LoraAdapter.FILE));
        // Full paths: a name alone would also hit the other tower, whose layers would then get pairs of their own.
        byte[] config = JsonWriter.document(JsonWriter.object(
                "peft_type",
                "LORA",
                "task_type",
                null,
                "base_model_name_or_path",
                base,
                "r",
                rank,
                "lora_alpha",
                alpha,
                "target_modules",
                modules,
                "bias",
                "none",
                "fan_in_fan_out",
                false,
                "inference_mode",
                true,
                "init_lora_weights",
                true,
                "lora_dropout",
                dropout,
                "modules_to_save",
                null,
                "use_rslora",
                false,
                "rank_pattern",
                Map.of(),
                "alpha_pattern",
                Map.of()));
        WholeFile.write(folder.resolve(AdapterConfig.FILE), out -> out.write(config));
    }
}
