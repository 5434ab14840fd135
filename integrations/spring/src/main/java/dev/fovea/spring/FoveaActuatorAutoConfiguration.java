package dev.fovea.spring;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Shows the health of the model and the store, and the size of the store as a metric, where the actuator is there. */
@AutoConfiguration(
        after = FoveaVectorStoreAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
public final class FoveaActuatorAutoConfiguration {

    FoveaActuatorAutoConfiguration() {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
    static class Health {

        @Bean
        @ConditionalOnBean(FoveaEmbeddingModel.class)
        @ConditionalOnEnabledHealthIndicator("fovea")
        @ConditionalOnMissingBean(name = "foveaHealthIndicator")
        HealthIndicator foveaHealthIndicator(FoveaEmbeddingModel model, ObjectProvider<FoveaVectorStore> store) {
            return new FoveaHealthIndicator(model, store.getIfUnique());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterRegistry.class)
    @ConditionalOnBean(FoveaVectorStore.class)
    static class Metrics {

        @Bean
        MeterBinder foveaVectorStoreMetrics(FoveaVectorStore store) {
            return registry -> Gauge.builder("fovea.vectorstore.documents", store, FoveaVectorStore::size)
                    .description("Documents in the vector store")
                    .register(registry);
        }
    }
}
