import dev.fovea.models.Captioner;
import dev.fovea.models.Vectors;
import dev.fovea.models.captioning.Captioners;
import dev.fovea.models.clip.Clip;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Watches a camera and says what is to be seen whenever the scene changes: {@code Camera http://camera/stream.mjpg} or
 * {@code Camera FOLDER-OF-FRAMES}.
 */
public final class Camera {

    /** Frames whose cosine to the scene is below this show another one. */
    private static final float SAME_SCENE = 0.9f;

    /** How much a frame changes the memory of the scene, so that the light of the day is no change. */
    private static final float MEMORY = 0.05f;

    private final Clip clip;
    private final Captioner captioner;
    private float[] scene;

    Camera(Clip clip, Captioner captioner) {
        this.clip = clip;
        this.captioner = captioner;
    }

    /** Watches until the stream ends. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: Camera URL|FOLDER");
            System.exit(2);
        }
        // For photographs use "openai/clip-vit-base-patch32" and "Salesforce/blip-image-captioning-base".
        try (Clip clip = Clip.load("clip-mini");
                Captioner captioner = Captioners.load("blip-mini")) {
            Camera camera = new Camera(clip, captioner);
            if (arguments[0].matches("https?://.*")) {
                try (InputStream stream = URI.create(arguments[0]).toURL().openStream()) {
                    camera.watch(stream);
                }
                return;
            }
            try (Stream<Path> frames = Files.list(Path.of(arguments[0]))) {
                for (Path frame : frames.sorted().toList()) {
                    camera.see(frame.getFileName().toString(), Files.readAllBytes(frame));
                }
            }
        }
    }

    /** Reads frames of motion JPEG: parts with a header that says how many bytes follow. */
    void watch(InputStream stream) throws IOException {
        BufferedInputStream in = new BufferedInputStream(stream);
        int length = -1;
        int frame = 0;
        for (String line = line(in); line != null; line = line(in)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            } else if (line.isEmpty() && length >= 0) {
                byte[] bytes = in.readNBytes(length);
                if (bytes.length < length) {
                    throw new EOFException("the stream ends within a frame");
                }
                see("frame " + ++frame, bytes);
                length = -1;
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int letter = in.read();
        if (letter < 0) {
            return null;
        }
        for (; letter >= 0 && letter != '\n'; letter = in.read()) {
            line.append((char) letter);
        }
        return line.toString().strip();
    }

    /** Looks at a frame, and says what it shows if that is new. */
    void see(String name, byte[] file) {
        try {
            Picture picture = Picture.read(new ByteArrayInputStream(file));
            float[] vector = clip.embed(picture);
            if (scene == null || Vectors.cosine(scene, vector) < SAME_SCENE) {
                scene = vector;
                System.out.println(name + ": " + captioner.caption(picture));
            }
            for (int i = 0; i < scene.length; i++) {
                scene[i] += MEMORY * (vector[i] - scene[i]);
            }
        } catch (FoveaException broken) {
            System.err.println(name + ": " + broken.getMessage()); // the next frame may be whole
        }
    }
}
