package dev.fovea.models.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherFormatsTest {
    private static String refusal(byte[] file) {
        FoveaException error = assertThrows(FoveaException.class, () -> Picture.read(new ByteArrayInputStream(file)));
        assertEquals(1, error.getMessage().lines().count());
        return error.getMessage();
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({
        "heic, mif1heic, HEIC",
        "mif1, mif1heic, HEIC",
        "mif1, mif1avifmiaf, AVIF",
        "avif, avifmif1, AVIF",
        "avis, avis, AVIF",
        "'crx ', 'crx isom', CR3",
        "isom, isomiso2avc1mp41, is a video",
        "'qt  ', 'qt  ', is a video"
    })
    void brandsOfAContainerTellWhatItHolds(String major, String compatible, String words) {
        int length = 16 + compatible.length();
        byte[] box = ByteBuffer.allocate(length + 40)
                .putInt(length)
                .put(latin("ftyp" + major))
                .putInt(0)
                .put(latin(compatible))
                .array();
        assertTrue(refusal(box).contains(words), refusal(box));
    }

    @Test
    void knownFormatsAreNamedWithTheWayOut() {
        assertTrue(refusal(latin("\0\0\0\fJXL \r\n\u0087\n\0\0"))
                .contains("JPEG XL format, which Fovea cannot read; convert it"));
        assertTrue(refusal(latin("\u00FF\n\u0001\u0002")).contains("djxl"));
        assertTrue(refusal(latin("\0\0\0\fjP  \r\n\u0087\n\0\0")).contains("JPEG 2000"));
        assertTrue(refusal(latin("8BPS\0\1")).contains("Photoshop"));
        assertTrue(refusal(latin("FUJIFILMCCD-RAW 0201")).contains("camera raw format RAF"));
        assertTrue(refusal(latin("<?xml version=\"1.0\"?>\n<svg xmlns=\"\">")).contains("SVG"));
        assertTrue(refusal(latin("%PDF-1.7\n")).contains("is a PDF document"));
    }

    @Test
    void filesCalledLikePicturesByMistakeGetTheirOwnWords() {
        assertTrue(refusal(latin("\n<!DOCTYPE html>\n<html>")).contains("is a web page"));
        assertTrue(refusal(latin("version https://git-lfs.github.com/spec/v1\noid sha256:"))
                .contains("git lfs pull"));
        assertTrue(refusal(latin("PK\3\4\24\0")).contains("is an archive"));
        assertTrue(refusal(new byte[5000]).contains("nothing but zeros"));
        assertTrue(refusal(new byte[0]).contains("is empty"));
        assertTrue(refusal(latin("hello")).contains("is not a picture that we can read"));
    }

    /** A TIFF directory of the given tags, each a short number but for the maker's name. */
    private static byte[] tiff(String maker, int... tagsAndValues) {
        ByteBuffer file = ByteBuffer.allocate(400).order(ByteOrder.LITTLE_ENDIAN);
        file.put(latin("II*\0")).putInt(8).putShort((short) (tagsAndValues.length / 2 + 1));
        file.putShort((short) 271).putShort((short) 2).putInt(maker.length()).putInt(300);
        for (int i = 0; i < tagsAndValues.length; i += 2) {
            file.putShort((short) tagsAndValues[i])
                    .putShort((short) 3)
                    .putInt(1)
                    .putInt(tagsAndValues[i + 1]);
        }
        return file.put(300, latin(maker)).array();
    }

    @Test
    void cameraRawFilesAreNotTakenForTheirPreview() {
        assertTrue(refusal(tiff("NIKON CORPORATION", 254, 1, 330, 200)).contains("NEF"));
        assertTrue(refusal(tiff("SONY \0", 254, 1, 330, 200)).contains("ARW"));
        assertTrue(refusal(tiff("Apple", 50706, 1)).contains("DNG"));
        assertTrue(refusal(latin("II*\0\20\0\0\0CR\2\0aaaa")).contains("CR2"));
        assertTrue(refusal(tiff("NIKON CORPORATION", 254, 0)).contains("claims a size of 0 x 0"));
    }
}
