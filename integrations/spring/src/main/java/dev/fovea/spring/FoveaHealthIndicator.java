package dev.fovea.spring;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Tells which model is loaded, and asks the store for its size, which fails where its folder cannot be read. */
final class FoveaHealthIndicator extends AbstractHealthIndicator {

    private final FoveaEmbeddingModel model;
    /** Null where there is none. */
    private final FoveaVectorStore store;

    FoveaHealthIndicator(FoveaEmbeddingModel model, FoveaVectorStore store) {
        super("the vector store cannot be read");
        this.model = model;
        this.store = store;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        health.up()
                .withDetail("model", model.name())
                .withDetail("dimensions", model.dimensions())
                .withDetail("compute", model.clip().compute().toString());
        if (store != null) {
            health.withDetail("documents", store.size());
        }
    }
}
