package dev.fovea.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Spark's jars have names that no module can require, so this module has no {@code module-info.java} to look at. */
class SparkSurfaceTest {

    @Test
    void oneClassIsAllThatUsersName() throws IOException, ClassNotFoundException {
        Path classes = Path.of("target/classes");
        List<String> shown = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes.resolve("dev"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name =
                        classes.relativize(file).toString().replace('/', '.').replace('\\', '.');
                name = name.substring(0, name.length() - ".class".length());
                if (!name.endsWith("-info")
                        && Modifier.isPublic(Class.forName(name).getModifiers())) {
                    shown.add(name);
                }
            }
        }
        assertEquals(List.of(FoveaSpark.class.getName()), shown);
    }
}
