package hello;

import dev.fovea.models.LabelScore;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Classifies and embeds a picture: {@code Hello PICTURE [CHECKPOINT]}, with the embedded model if no checkpoint is
 * given.
 */
public final class Hello {

    private Hello() {}

    /** Runs the example. */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        String checkpoint = arguments.length > 1 ? arguments[1] : "clip-mini"; // or a folder, or owner/name

        try (Clip clip = Clip.load(checkpoint)) { // load once, share between threads
            // Classify a file.
            List<String> labels = List.of("a cat", "a dog", "a cup of coffee");
            for (LabelScore result : clip.classify(Picture.read(file), labels)) {
                System.out.printf("%5.1f%%  %s%n", 100 * result.score(), result.label());
            }

            // Embed from whatever holds the picture.
            BufferedImage image = ImageIO.read(file.toFile());
            float[] fromImage = clip.embed(Picture.of(image));
            float[] fromStream;
            try (InputStream stream = Files.newInputStream(file)) {
                fromStream = clip.embed(Picture.read(stream));
            }
            float[] text = clip.embed("a cat");

            // Unit vectors: the product is the cosine, and the nearest vector is the best match of a search.
            System.out.printf("picture and stream: %.3f%n", cosine(fromImage, fromStream));
            System.out.printf("picture and \"a cat\": %.3f%n", cosine(fromImage, text));
        }
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
