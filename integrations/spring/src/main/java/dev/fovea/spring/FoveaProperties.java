package dev.fovea.spring;

import dev.fovea.models.LoadOptions;
import dev.fovea.models.WeightType;
import dev.fovea.tensor.Precision;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code fovea.*} of an application.
 *
 * @param device what computes: cpu, opencl, opencl:NUMBER or reference
 * @param threads CPU threads; 0 for all cores
 * @param compute the arithmetic of the large products: f32, bf16, int16 or int8
 * @param weights how the models' matrices are kept: stored, f32, f16, bf16 or int8
 * @param download whether models that are not in the cache are downloaded from the hub
 * @param embedding the model of embeddings
 * @param captions the model of captions
 * @param florence the Florence-2
 * @param vectorStore the vector store
 */
@ConfigurationProperties("fovea")
public record FoveaProperties(
        @DefaultValue("cpu") String device,
        @DefaultValue("0") int threads,
        @DefaultValue("f32") Precision compute,
        @DefaultValue("stored") WeightType weights,
        @DefaultValue("true") boolean download,
        @DefaultValue Embedding embedding,
        @DefaultValue Captions captions,
        @DefaultValue Florence florence,
        @DefaultValue VectorStore vectorStore) {

    /**
     * The model of embeddings.
     *
     * @param model an embedded model, a folder, or owner/name on the hub
     */
    public record Embedding(@DefaultValue("clip-mini") String model) {}

    /**
     * The model of captions.
     *
     * @param model a BLIP for captions or a Florence-2: an embedded model, a folder, or owner/name on the hub; a bean
     *     Captioner is made if it is set
     */
    public record Captions(String model) {}

    /**
     * The Florence-2.
     *
     * @param model an embedded model, a folder, or owner/name on the hub; a bean Florence2 is made if it is set
     */
    public record Florence(String model) {}

    /**
     * The vector store.
     *
     * @param folder where documents are kept; a bean VectorStore is made if it is set
     */
    public record VectorStore(Path folder) {}

    /** Returns how models are loaded. */
    LoadOptions options() {
        LoadOptions options = LoadOptions.DEFAULTS
                .withDevice(device)
                .withThreads(threads)
                .withCompute(compute)
                .withWeights(weights);
        return download ? options : options.withoutDownload();
    }
}
