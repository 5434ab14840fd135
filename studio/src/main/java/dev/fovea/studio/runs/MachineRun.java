package dev.fovea.studio.runs;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;

/**
 * The time line of one call of a model.
 *
 * @param seconds of the call
 * @param spans scopes and operations in the order of their ends; times in milliseconds from the start
 * @param operations times by operation, the longest first
 * @param weights times by operation and weight, the longest first
 */
record MachineRun(
        String run,
        String kind,
        String model,
        String picture,
        double seconds,
        List<TimedSpan> spans,
        List<TimedOperation> operations,
        List<TimedOperation> weights)
        implements StudioRun {

    /** A scope or an operation; what it costs is null for a scope. */
    record TimedSpan(
            String name, int depth, double start, double end, String kind, String weight, Double flop, Double bytes) {}

    /** All calls of an operation, or of one with one weight. */
    record TimedOperation(
            String operation, String weight, long calls, double milliseconds, double flop, double bytes) {}

    @Override
    @JsonIgnore
    public long bytes() {
        return 200L * spans.size();
    }
}
