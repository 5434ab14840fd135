package dev.fovea.tensor.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;

class RoomsTest {

    @TempDir
    private Path folder;

    /** Writes a class with a field of each of some other classes. */
    private void write(String name, String... fields) throws IOException {
        Path file = folder.resolve(name.replace('.', '/') + ".class");
        Files.createDirectories(file.getParent());
        ClassFile.of().buildTo(file, ClassDesc.of(name), builder -> {
            for (String field : fields) {
                builder.withField("of" + field.hashCode(), ClassDesc.of(field), 0);
            }
        });
    }

    @Test
    void arrowsThatGoOneWayAreFine() throws IOException {
        write("house.Top", "house.hall.Hall", "house.cellar.Cellar", "java.lang.String");
        write("house.hall.Hall", "house.cellar.Cellar");
        write("house.cellar.Cellar");
        Rooms rooms = Rooms.of(folder);
        rooms.requireNoCircles();
        assertEquals(List.of("house.cellar", "house.hall"), List.copyOf(rooms.usedBy("house")));
        assertEquals(List.of(), List.copyOf(rooms.usedBy("house.cellar")));
    }

    @Test
    void theShortestCircleIsNamed() throws IOException {
        write("house.Top", "house.hall.Hall");
        write("house.hall.Hall", "house.cellar.Cellar", "house.hall.Door");
        write("house.hall.Door");
        write("house.cellar.Cellar", "house.hall.Door", "house.Top");
        Rooms rooms = Rooms.of(folder);
        AssertionFailedError circle = assertThrows(AssertionFailedError.class, rooms::requireNoCircles);
        assertEquals("""
                packages in a circle:
                  house.cellar -> house.hall (Cellar uses Door)
                  house.hall -> house.cellar (Hall uses Cellar)""", circle.getMessage());
    }

    @Test
    void aFolderWithoutClassesIsAMistake() {
        assertThrows(AssertionFailedError.class, () -> Rooms.of(folder));
    }

    @Test
    void theseRoomsHaveNoCircles() throws IOException {
        Rooms.of(Path.of("target/classes")).requireNoCircles();
    }
}
