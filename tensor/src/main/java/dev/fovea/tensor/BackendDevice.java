package dev.fovea.tensor;

import java.util.List;

/**
 * Describes a device that a backend can compute on, for people who want to know what there is.
 *
 * @param id what {@code --device} calls it, such as {@code cpu} or {@code opencl:1}
 * @param kind {@code CPU}, {@code GPU} or another word of the driver's
 * @param name as its maker calls it
 * @param platform what drives it: a driver's name and version of the standard, or the instruction set
 * @param driver version of the driver, or an empty string
 * @param computeUnits cores or multiprocessors
 * @param memoryBytes memory that it computes in
 * @param precisions that it multiplies in faster than in f32, or f32 alone
 * @param problem why it cannot be used and what to do, or null if it can
 */
public record BackendDevice(
        String id,
        String kind,
        String name,
        String platform,
        String driver,
        int computeUnits,
        long memoryBytes,
        List<Precision> precisions,
        String problem) {}
