package dev.fovea.training;

import dev.fovea.models.adapter.AdapterWriter;
import dev.fovea.models.adapter.LowRankProduct;
import dev.fovea.tensor.WeightData;
import dev.fovea.tensor.safetensors.Checkpoint;
import dev.fovea.tensor.safetensors.TensorEntry;
import dev.fovea.training.method.Score;
import dev.fovea.training.numerics.FloatMemory;
import dev.fovea.training.tape.LowRank;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/** Low-rank additions that were trained on a model. */
public final class TunedAdapter {

    private static final String FOLDER = "adapter";

    private final Path model;
    private final LoraOptions options;
    private final List<LowRank> pairs;
    private final Score score;
    private final List<String> remarks;

    TunedAdapter(Path model, LoraOptions options, List<LowRank> pairs, Score score, List<String> remarks) {
        this.model = model;
        this.options = options;
        this.pairs = pairs;
        this.score = score;
        this.remarks = List.copyOf(remarks);
    }

    /** Returns the options that it was trained with. */
    public LoraOptions options() {
        return options;
    }

    /** Returns what a user should know about how it went, a sentence each; empty if nothing. */
    public List<String> remarks() {
        return remarks;
    }

    /**
     * Returns the share of validation pictures that the best epoch classified rightly, before any interpolation; empty
     * without any, and where no classes were learned. It flatters a little, since they chose the epoch.
     */
    public OptionalDouble validationAccuracy() {
        return Score.accuracy(score);
    }

    /** Returns the mean loss of the best epoch on validation examples, before any interpolation; empty without any. */
    public OptionalDouble validationLoss() {
        return Score.loss(score);
    }

    /**
     * Writes a checkpoint folder that is loaded as the tuned one was, by transformers, too: the files of the tuned
     * checkpoint with the additions merged, and the additions alone in {@code adapter}, as PEFT writes them.
     *
     * @param folder a path that does not exist, or an empty folder; it appears when it is whole
     * @throws dev.fovea.tensor.FoveaException if it cannot be written; nothing is left behind
     */
    public void save(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        Map<String, FloatMemory> merged = new LinkedHashMap<>();
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            for (LowRank pair : pairs) {
                String name = pair.module() + ".weight";
                TensorEntry stored = checkpoint.find(name).orElseThrow();
                merged.put(name, FloatMemory.of(merged(stored.weight(), pair)));
            }
        }
        TunedFolder.write(model, merged, folder, output -> {
            Path adapter = output.resolve(FOLDER);
            try {
                Files.createDirectory(adapter);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            saveAdapter(adapter);
        });
    }

    /** Returns W + scale B A. */
    private static float[] merged(WeightData stored, LowRank pair) {
        float[] matrix = stored.toFloats();
        LowRankProduct.addTo(
                matrix, pair.a().values().toArray(), pair.b().values().toArray(), pair.rank(), pair.scale(), false);
        return matrix;
    }

    /**
     * Writes the additions alone, in PEFT's files {@code adapter_config.json} and {@code adapter_model.safetensors},
     * for {@code LoadOptions.withAdapter} and for {@code PeftModel.from_pretrained}.
     *
     * @param folder is there; files of these names are replaced
     * @throws dev.fovea.tensor.FoveaException if a file cannot be written
     */
    public void saveAdapter(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        new AdapterWriter(model.toString(), options.rank(), options.alpha(), options.dropout())
                .write(
                        folder,
                        pairs.stream()
                                .map(pair -> new AdapterWriter.Pair(
                                        pair.module(),
                                        (int) pair.b().shape().extent(0),
                                        (int) pair.a().shape().extent(1),
                                        pair.a().values().toArray(),
                                        pair.b().values().toArray()))
                                .toList());
    }
}
