package hello;

import dev.fovea.models.Captioner;
import dev.fovea.models.Detection;
import dev.fovea.models.LabelScore;
import dev.fovea.models.Vectors;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.drawing.Drawing;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** Says what a picture shows, in four ways: {@code Hello PICTURE}; writes found.png into the current folder. */
public final class Hello {

    private Hello() {}

    /** Runs the example. For photographs load "openai/clip-vit-base-patch32" and its like, or a folder. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: Hello PICTURE");
            System.exit(2);
        }
        Path file = Path.of(arguments[0]);
        Picture picture = Picture.read(file);

        try (Clip clip = Clip.load("clip-mini")) { // load once, share between threads
            for (LabelScore result : clip.classify(picture, List.of("a cat", "a dog", "a cup of coffee"))) {
                System.out.printf("%5.1f%%  %s%n", 100 * result.score(), result.label());
            }
            BufferedImage image = ImageIO.read(file.toFile()); // whatever holds the picture
            float[] vector = clip.embed(Picture.of(image));
            System.out.printf("file and image: %.2f%n", Vectors.cosine(vector, clip.embed(picture)));
        }
        try (Captioner captioner = BlipCaptioner.load("blip-mini")) {
            captioner.caption(picture, System.out::print); // as it is written
            System.out.println();
        }
        try (Florence2 florence = Florence2.load("florence-mini")) {
            List<Detection> things = florence.detect(picture);
            things.forEach(System.out::println);
            Drawing.of(picture, things).write(Path.of("found.png"));
        }
    }
}
