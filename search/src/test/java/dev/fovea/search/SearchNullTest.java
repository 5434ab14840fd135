package dev.fovea.search;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.PictureInput;
import dev.fovea.tensor.Backend;
import dev.fovea.tensor.kit.Nulls;
import dev.fovea.tensor.kit.Surface;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Null for any parameter of any public method is one line that names what is null. */
class SearchNullTest {

    @Test
    void everyParameterOfEveryExportedTypeIsNamed(@TempDir Path directory) throws Exception {
        Path file = Path.of("a.png");
        DuplicateGroup.Duplicate duplicate = new DuplicateGroup.Duplicate(file, 1, false);
        try (Clip clip = Clip.load("clip-mini");
                PhotoIndex index = PhotoIndex.open(directory.resolve("index"), clip)) {
            int calls = new Nulls()
                    .with(clip)
                    .with(Backend.class, clip.backend())
                    .with(PictureInput.class, Picture.read(Path.of("../examples/pictures/octopus.png")))
                    .with(index)
                    .with(IndexListener.class, IndexListener.NONE)
                    .with(SideFields.NONE)
                    .with(PhotoQuery.of("a"))
                    .with(new PhotoHit(file, 1, Map.of()))
                    .with(new IndexInfo("m", "f32", 1, 1))
                    .with(duplicate)
                    .with(new DuplicateGroup(List.of(duplicate)))
                    .with(new LabelledPicture(file, Set.of()))
                    .with(Tagger.of(clip, List.of("a")))
                    .check(Surface.of(Path.of("target/classes")));
            assertTrue(calls > 40, calls + " calls");
        }
    }
}
