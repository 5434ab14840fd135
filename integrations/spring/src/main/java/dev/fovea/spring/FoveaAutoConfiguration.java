package dev.fovea.spring;

import dev.fovea.models.Captioner;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.embedding.DocumentEmbeddingModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** Makes beans of models, as {@link FoveaProperties} say. */
@AutoConfiguration
@EnableConfigurationProperties(FoveaProperties.class)
public final class FoveaAutoConfiguration {

    /** What properties of Spring AI call these models. */
    static final String FOVEA = "fovea";

    FoveaAutoConfiguration() {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = SpringAIModelProperties.EMBEDDING_MODEL, havingValue = FOVEA, matchIfMissing = true)
    static class Embeddings {

        @Bean
        @ConditionalOnMissingBean
        Clip foveaClip(FoveaProperties properties) {
            return Clip.load(properties.embedding().model(), properties.options());
        }

        @Bean
        @ConditionalOnMissingBean(EmbeddingModel.class)
        FoveaEmbeddingModel foveaEmbeddingModel(
                Clip clip, FoveaProperties properties, ObjectProvider<ObservationRegistry> observations) {
            return new FoveaEmbeddingModel(
                    clip, properties.embedding().model(), observations.getIfUnique(() -> ObservationRegistry.NOOP));
        }

        @Bean
        @ConditionalOnMissingBean(DocumentEmbeddingModel.class)
        @ConditionalOnProperty(
                name = SpringAIModelProperties.MULTI_MODAL_EMBEDDING_MODEL,
                havingValue = FOVEA,
                matchIfMissing = true)
        FoveaDocumentEmbeddingModel foveaDocumentEmbeddingModel(Clip clip, FoveaProperties properties) {
            return new FoveaDocumentEmbeddingModel(
                    new FoveaEmbeddingModel(clip, properties.embedding().model()));
        }
    }

    /** Goes before Florence-2, which writes captions as well, where a captioner is asked for. */
    @Bean
    @Primary
    @ConditionalOnMissingBean
    @ConditionalOnProperty("fovea.captions.model")
    Captioner foveaCaptioner(FoveaProperties properties) {
        return Captioners.load(properties.captions().model(), properties.options());
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnProperty("fovea.florence.model")
    Florence2 foveaFlorence2(FoveaProperties properties) {
        return Florence2.load(properties.florence().model(), properties.options());
    }
}
