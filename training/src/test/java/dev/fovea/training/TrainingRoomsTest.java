package dev.fovea.training;

import dev.fovea.tensor.kit.Rooms;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TrainingRoomsTest {

    @Test
    void packagesUseEachOtherOneWay() throws IOException {
        Rooms.of(Path.of("target/classes")).requireNoCircles();
    }
}
