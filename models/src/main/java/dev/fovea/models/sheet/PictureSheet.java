package dev.fovea.models.sheet;

import dev.fovea.models.files.WholeFile;
import dev.fovea.models.image.Picture;
import dev.fovea.models.image.Preprocessing;
import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes one HTML page of small pictures that needs no other file, each a link to its own. */
public final class PictureSheet {

    /**
     * Shows a picture.
     *
     * @param file of the picture; one that cannot be read gets an empty square
     * @param heading the line below it
     * @param notes smaller lines below that
     */
    public record Figure(Path file, String heading, List<String> notes) {}

    /** Width and height of a small picture in pixels. */
    private static final int SIDE = 192;

    private static final Preprocessing SQUARE = Preprocessing.clip(SIDE);

    private static final String PAGE = """
            <!DOCTYPE html>
            <html>
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>%1$s</title>
            <style>
            body { font: 14px system-ui, sans-serif; margin: 24px; color: #222; background: #fafafa }
            main { display: grid; grid-template-columns: repeat(auto-fill, 192px); gap: 16px }
            figure { margin: 0 }
            img, .missing { width: 192px; height: 192px; display: block; border-radius: 6px; background: #ddd }
            .missing { display: grid; place-items: center }
            figcaption { overflow-wrap: anywhere; margin-top: 4px }
            small { color: #666 }
            </style>
            </head>
            <body>
            <h1>%1$s</h1>
            <main>
            %2$s</main>
            </body>
            </html>
            """;

    private PictureSheet() {}

    /**
     * Writes a page, in one step.
     *
     * @param target the HTML file; an existing one is replaced
     * @param title what the page is about
     * @throws FoveaException if the page cannot be written
     */
    public static void write(Path target, String title, List<Figure> figures) {
        WholeFile.write(target, out -> {
            String shown = figures.stream().map(PictureSheet::markup).collect(Collectors.joining());
            out.write(PAGE.formatted(Markup.escape(title), shown).getBytes(StandardCharsets.UTF_8));
        });
    }

    private static String markup(Figure figure) {
        String notes = figure.notes().stream().map(Markup::escape).collect(Collectors.joining("<br>"));
        return """
                <figure><a href="%s">%s</a><figcaption>%s<br><small>%s</small></figcaption></figure>
                """.formatted(
                        Markup.escape(figure.file().toUri().toASCIIString()),
                        image(figure.file()),
                        Markup.escape(figure.heading()),
                        notes);
    }

    private static String image(Path file) {
        try {
            byte[] pixels = Picture.read(file, SQUARE::pixels);
            return "<img alt=\"\" src=\"data:image/jpeg;base64,"
                    + Base64.getEncoder().encodeToString(jpeg(pixels)) + "\">";
        } catch (CancelledException stopped) {
            throw stopped;
        } catch (FoveaException unreadable) {
            return "<span class=\"missing\">cannot be read</span>";
        }
    }

    private static byte[] jpeg(byte[] pixels) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < SIDE * SIDE; i++) {
            int rgb = (pixels[3 * i] & 0xFF) << 16 | (pixels[3 * i + 1] & 0xFF) << 8 | pixels[3 * i + 2] & 0xFF;
            image.setRGB(i % SIDE, i / SIDE, rgb);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(image, "jpeg", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
