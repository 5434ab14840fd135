package dev.fovea.models;

import dev.fovea.tensor.Backend;
import dev.fovea.tensor.Backends;
import dev.fovea.tensor.kit.OpenClMachine;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** The backends that recorded states are compared on. */
public final class TestDevices {

    private TestDevices() {}

    /** Their names, as {@code --device} calls them. */
    public static Stream<String> all() {
        return Stream.of("reference", "cpu", "opencl");
    }

    /** Every case on every backend. */
    public static Stream<Arguments> each(Stream<String> cases) {
        return cases.flatMap(name -> all().map(device -> Arguments.of(name, device)));
    }

    /** One of them, or the end of the test where the machine has no such device. */
    public static Backend open(String device) {
        return device.equals("opencl") ? OpenClMachine.open() : Backends.open(device, 2);
    }
}
