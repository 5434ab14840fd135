package dev.fovea.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;

/**
 * Keeps the models of this executor: each is loaded when a task first needs it, stays as long as the JVM, and is shared
 * by all tasks. Weights are mapped from their file, so executors on one machine share its memory.
 */
final class ExecutorModels {

    private static final Map<Key, PictureTask.Loaded> MODELS = new ConcurrentHashMap<>();

    private record Key(PictureTask task, int threads) {}

    private ExecutorModels() {}

    /** Returns the model of a task, with as many threads as Spark has set aside for each of its tasks. */
    static PictureTask.Loaded of(PictureTask task) {
        return MODELS.computeIfAbsent(
                new Key(task, TaskContext.get().cpus()), key -> key.task().load(key.threads()));
    }

    /** Returns how many models this JVM has loaded. */
    static int count() {
        return MODELS.size();
    }
}
