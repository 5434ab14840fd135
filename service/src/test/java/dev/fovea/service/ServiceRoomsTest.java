package dev.fovea.service;

import dev.fovea.tensor.kit.Rooms;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ServiceRoomsTest {

    @Test
    void packagesUseEachOtherOneWay() throws IOException {
        Rooms.of(Path.of("target/classes")).requireNoCircles();
    }
}
