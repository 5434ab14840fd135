package dev.fovea.models.drawing;

import dev.fovea.models.Finding;
import dev.fovea.models.TextLine;
import dev.fovea.models.check.Arguments;
import dev.fovea.models.image.Picture;
import dev.fovea.tensor.FoveaException;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * A picture on which the findings of a model are drawn: boxes, quadrilaterals, half-transparent outlines, and a tag for
 * each that has a label. Equal labels have equal colours.
 *
 * @param image as large as the picture
 * @param tags the labels and where they are; a picture too small to read anything on has none
 * @param complaints lines for people about what could not be drawn as it should be
 */
public record Drawing(BufferedImage image, List<Tag> tags, List<String> complaints) {

    /** Alpha of fills, of 255; the picture under an outline stays visible. */
    private static final int FILL_ALPHA = 102;

    private static final int HALO_ALPHA = 150;

    /** Shortest side of a picture on which lines have halos. */
    private static final int SHORT_SIDE = 64;

    /** Copies the lists. */
    public Drawing {
        Arguments.present(image, "image");
        tags = List.copyOf(Arguments.present(tags, "tags"));
        complaints = List.copyOf(Arguments.present(complaints, "complaints"));
    }

    /** A label on the picture. */
    public record Tag(String label, Rectangle place, Color colour) {

        /** Checks that nothing is missing. */
        public Tag {
            Arguments.present(label, "label");
            Arguments.present(place, "place");
            Arguments.present(colour, "colour");
        }
    }

    /** Draws the findings of a model onto a copy of the picture. */
    public static Drawing of(Picture picture, List<? extends Finding> findings) {
        Arguments.present(picture, "picture");
        Arguments.present(findings, "findings");
        BufferedImage image = picture.toImage();
        double scale = Math.sqrt((double) image.getWidth() * image.getHeight());
        int line = Math.clamp(Math.round(scale / 300), 1, Math.max(1, shortSide(image) / 16));
        List<Mark> marks = new Marks(image.getWidth(), image.getHeight(), line).of(findings);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            marks.stream()
                    .sorted(Comparator.comparingDouble(Mark::area).reversed()) // small ones stay on top of large ones
                    .forEach(mark -> outline(graphics, mark, line, shortSide(image) >= SHORT_SIDE));
            // Lines of text must stay readable; of anything else a tag may hide a part.
            List<Rectangle> free = findings.stream().anyMatch(TextLine.class::isInstance)
                    ? marks.stream().map(Mark::bounds).toList()
                    : List.of();
            TagDrawing tags = new TagDrawing(image.getWidth(), image.getHeight(), line, free);
            List<Tag> drawn = tags.draw(graphics, marks);
            return new Drawing(image, drawn, tags.complaints());
        } finally {
            graphics.dispose();
        }
    }

    /**
     * Writes a PNG file; an existing one is replaced in one step.
     *
     * @throws FoveaException if it cannot be written; nothing is left behind
     */
    public void write(Path file) {
        PngFile.write(image, Arguments.present(file, "file"));
    }

    private static int shortSide(BufferedImage image) {
        return Math.min(image.getWidth(), image.getHeight());
    }

    /** Draws an outline. A halo of the opposite lightness keeps the line visible on a ground of the line's colour. */
    private static void outline(Graphics2D graphics, Mark mark, int line, boolean halo) {
        if (mark.filled()) {
            graphics.setColor(Colours.withAlpha(mark.colour(), FILL_ALPHA));
            graphics.fill(mark.outline());
        }
        if (halo) {
            graphics.setColor(Colours.withAlpha(Colours.opposite(mark.colour()), HALO_ALPHA));
            graphics.setStroke(stroke(line + 2 * haloOf(line)));
            graphics.draw(mark.outline());
        }
        graphics.setColor(mark.colour());
        graphics.setStroke(stroke(line));
        graphics.draw(mark.outline());
    }

    static int haloOf(int line) {
        return Math.max(1, line / 3);
    }

    private static BasicStroke stroke(int width) {
        return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    }
}
