package dev.fovea.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.models.Captioner;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.florence.Florence2;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.DocumentEmbeddingModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class FoveaAutoConfigurationTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    FoveaAutoConfiguration.class,
                    FoveaVectorStoreAutoConfiguration.class,
                    FoveaActuatorAutoConfiguration.class));

    @TempDir
    Path folder;

    @Test
    void withoutAPropertyThereIsTheEmbeddedClip() {
        runner.run(context -> {
            assertThat(context).hasSingleBean(Clip.class);
            assertThat(context).hasSingleBean(EmbeddingModel.class);
            assertThat(context).hasSingleBean(DocumentEmbeddingModel.class);
            assertThat(context).hasSingleBean(HealthIndicator.class);
            assertThat(context).doesNotHaveBean(VectorStore.class);
            assertThat(context).doesNotHaveBean(Captioner.class);
            assertThat(context).doesNotHaveBean(Florence2.class);
            assertThat(context).doesNotHaveBean(MeterBinder.class);
            Clip clip = context.getBean(Clip.class);
            assertThat(context.getBean(EmbeddingModel.class).embed("a cat")).isEqualTo(clip.embed("a cat"));
        });
    }

    @Test
    void propertiesChooseModelsAndAStore() {
        runner.withPropertyValues(
                        "fovea.embedding.model=clip-mini",
                        "fovea.compute=int8",
                        "fovea.threads=1",
                        "fovea.weights=f16",
                        "fovea.captions.model=blip-mini",
                        "fovea.florence.model=florence-mini",
                        "fovea.vector-store.folder=" + folder.resolve("index"))
                .run(context -> {
                    assertThat(context.getBean(Clip.class).compute()).hasToString("int8");
                    assertThat(context.getBean(Captioner.class)).isInstanceOf(BlipCaptioner.class);
                    assertThat(context).hasSingleBean(Florence2.class);
                    VectorStore store = context.getBean(VectorStore.class);
                    store.add(List.of(new Document("a cat"), new Document("a dog")));
                    MeterRegistry registry = new SimpleMeterRegistry();
                    context.getBean(MeterBinder.class).bindTo(registry);
                    assertThat(registry.get("fovea.vectorstore.documents")
                                    .gauge()
                                    .value())
                            .isEqualTo(2);
                    Health health = context.getBean(HealthIndicator.class).health();
                    assertThat(health.getStatus()).isEqualTo(Status.UP);
                    assertThat(health.getDetails())
                            .containsAllEntriesOf(Map.of("model", "clip-mini", "compute", "int8", "documents", 2));
                });
        assertThat(folder.resolve("index")).isNotEmptyDirectory();
    }

    @Test
    void anotherModelMayBeTheApplicationsOwn() {
        runner.withPropertyValues("spring.ai.model.embedding=openai").run(context -> {
            assertThat(context).doesNotHaveBean(Clip.class);
            assertThat(context).doesNotHaveBean(EmbeddingModel.class);
            assertThat(context).doesNotHaveBean(DocumentEmbeddingModel.class);
            assertThat(context).doesNotHaveBean(HealthIndicator.class);
        });
        try (Clip own = Clip.load("clip-mini")) {
            runner.withBean("own", FoveaEmbeddingModel.class, () -> new FoveaEmbeddingModel(own, "own"))
                    .withBean("ownClip", Clip.class, () -> own)
                    .withPropertyValues(
                            "spring.ai.model.embedding.multimodal=vertexai",
                            "spring.ai.vectorstore.type=pgvector",
                            "management.health.fovea.enabled=false",
                            "fovea.vector-store.folder=" + folder)
                    .run(context -> {
                        assertThat(context.getBean(FoveaEmbeddingModel.class).name())
                                .isEqualTo("own");
                        assertThat(context).doesNotHaveBean(DocumentEmbeddingModel.class);
                        assertThat(context).doesNotHaveBean(VectorStore.class);
                        assertThat(context).doesNotHaveBean(HealthIndicator.class);
                    });
        }
    }

    @Test
    void theActuatorNeedNotBeThere() {
        runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context).hasSingleBean(EmbeddingModel.class);
                });
    }

    @Test
    void requestsAreObserved() {
        MeterRegistry meters = new SimpleMeterRegistry();
        ObservationRegistry observations = ObservationRegistry.create();
        observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
        runner.withBean(ObservationRegistry.class, () -> observations)
                .withPropertyValues("fovea.vector-store.folder=" + folder.resolve("index"))
                .run(context -> {
                    VectorStore store = context.getBean(VectorStore.class);
                    store.add(List.of(new Document("a cat")));
                    store.similaritySearch("a kitten");
                    assertThat(meters.get("gen_ai.client.operation")
                                    .tag("gen_ai.system", "fovea")
                                    .tag("gen_ai.response.model", "clip-mini")
                                    .timer()
                                    .count())
                            .isEqualTo(2);
                    assertThat(meters.get("db.vector.client.operation")
                                    .tag("db.system", "fovea")
                                    .timers())
                            .isNotEmpty();
                });
    }

    @Test
    void aModelThatIsNotThereStopsTheApplicationWithALine() {
        runner.withPropertyValues("fovea.embedding.model=nowhere", "fovea.download=false")
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("nowhere");
                });
        runner.withPropertyValues("fovea.compute=fast").run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("Precision.fast");
        });
    }

    @Test
    void editorsKnowEveryProperty() throws IOException {
        String metadata;
        try (InputStream file = getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            metadata = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
        for (String name : List.of(
                "fovea.device",
                "fovea.threads",
                "fovea.compute",
                "fovea.weights",
                "fovea.download",
                "fovea.embedding.model",
                "fovea.captions.model",
                "fovea.florence.model",
                "fovea.vector-store.folder")) {
            assertThat(metadata).contains("\"name\": \"" + name + "\"");
            assertThat(Files.readString(Path.of("../../docs/spring.md"))).contains("`" + name + "`");
        }
        assertThat(metadata).contains("an embedded model, a folder, or owner", "\"defaultValue\": \"clip-mini\"");
    }
}
