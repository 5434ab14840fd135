package dev.fovea.service.compute;

import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.metrics.ServiceMetrics;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The queues of a model, one for each {@link Lane}: what waits in one does not wait for what another computes. */
public final class ComputeLanes implements AutoCloseable {

    private final Map<Lane, ComputeQueue> queues = new EnumMap<>(Lane.class);

    /**
     * Makes empty queues.
     *
     * @param model its name in metrics and messages
     * @param capacity how many requests may wait in each
     */
    public ComputeLanes(String model, int capacity, ServiceMetrics metrics) {
        for (Lane lane : Lane.values()) {
            queues.put(lane, new ComputeQueue(model, lane, capacity, metrics));
        }
    }

    /** Returns whether nothing waits and nothing is computed, not even what nobody waits for any more. */
    public boolean isIdle() {
        return queues.values().stream().allMatch(ComputeQueue::isIdle);
    }

    /**
     * Computes some inputs in the operation's lane and waits for the outputs.
     *
     * @return an output of each input, in their order
     * @throws HttpFailure if too much waits there already, or the deadline has passed
     */
    public <I, O> List<O> compute(Operation<I, O> operation, List<I> inputs, Deadline deadline) {
        return queues.get(operation.lane()).compute(operation, inputs, deadline);
    }

    /**
     * Cancels what is computed and returns when it has ended, so that the model may be closed; what waits fails.
     */
    @Override
    public void close() {
        queues.values().forEach(ComputeQueue::close);
    }
}
