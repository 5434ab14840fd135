package dev.fovea.models.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureFileNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"a.jpg", "B.JPEG", "c.d.Png", "e.apng", "f.mpo", "g.gif", "h.webp", "i.tiff", "j.ppm", "k.ico"})
    void namesOfPicturesThatAreRead(String name) {
        assertTrue(PictureFileNames.isReadable(name));
        assertEquals(Optional.empty(), PictureFileNames.unreadableFormat(name));
    }

    @Test
    void namesOfPicturesThatAreNotRead() {
        assertEquals(Optional.of("HEIC"), PictureFileNames.unreadableFormat("IMG_0001.HEIC"));
        assertEquals(Optional.of("AVIF"), PictureFileNames.unreadableFormat("a.avif"));
        assertEquals(Optional.of("JPEG XL"), PictureFileNames.unreadableFormat("a.jxl"));
        assertEquals(Optional.of("camera raw"), PictureFileNames.unreadableFormat("DSC0001.NEF"));
        assertEquals(Optional.of("Photoshop"), PictureFileNames.unreadableFormat("a.psd"));
        assertFalse(PictureFileNames.isReadable("IMG_0001.HEIC"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "jpg", "heic", "a.", "notes.txt", "png.bak", "a.jpg.part", ".."})
    void namesThatAreNoPicture(String name) {
        assertFalse(PictureFileNames.isReadable(name));
        assertEquals(Optional.empty(), PictureFileNames.unreadableFormat(name));
    }

    @Test
    void noEndingIsBothReadAndNotRead() {
        for (String ending : PictureFileNames.readableEndings()) {
            assertTrue(PictureFileNames.isReadable("a." + ending), ending);
            assertEquals(Optional.empty(), PictureFileNames.unreadableFormat("a." + ending), ending);
        }
    }
}
