package dev.fovea.models.clip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fovea.kernels.opencl.OpenClBackend;
import dev.fovea.models.TestDevices;
import dev.fovea.models.clip.network.ClipConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A forward pass on a device: what was told to it goes on behind the host's back. */
class ClipOnDeviceTest {

    @TempDir
    private Path folder;

    @Test
    void theHostWaitsOnceForAnyNumberOfPicturesAndTexts() {
        try (OracleCase oracle = OracleCase.open("head-dim-10");
                OpenClBackend backend = (OpenClBackend) TestDevices.open("opencl");
                Clip clip = Clip.load(oracle.copyTo(folder), backend)) {
            int size = ((ClipConfig) clip.config).vision().imageHeight();
            float[] pixels = new float[3 * size * size * 3];
            Random random = new Random(1);
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (float) random.nextGaussian();
            }
            clip.embedPixels(pixels, 3, size, size); // tiles are measured once, with waits
            clip.embedTexts(List.of("a b", "c"));
            long before = backend.statistics().hostWaits();
            clip.embedPixels(pixels, 3, size, size);
            assertEquals(before + 1, backend.statistics().hostWaits());
            clip.embedTexts(List.of("a b", "c"));
            assertEquals(before + 2, backend.statistics().hostWaits());
        }
    }
}
