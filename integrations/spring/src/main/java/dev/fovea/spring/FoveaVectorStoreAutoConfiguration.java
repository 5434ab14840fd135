package dev.fovea.spring;

import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.vectorstore.SpringAIVectorStoreTypes;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** Makes a vector store where {@code fovea.vector-store.folder} names its folder, on whatever embeds. */
@AutoConfiguration(after = FoveaAutoConfiguration.class)
@ConditionalOnProperty("fovea.vector-store.folder")
public final class FoveaVectorStoreAutoConfiguration {

    FoveaVectorStoreAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(VectorStore.class)
    @ConditionalOnProperty(
            name = SpringAIVectorStoreTypes.TYPE,
            havingValue = FoveaAutoConfiguration.FOVEA,
            matchIfMissing = true)
    FoveaVectorStore foveaVectorStore(
            EmbeddingModel model, FoveaProperties properties, ObjectProvider<ObservationRegistry> observations) {
        return FoveaVectorStore.builder(model)
                .folder(properties.vectorStore().folder())
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP))
                .build();
    }
}
