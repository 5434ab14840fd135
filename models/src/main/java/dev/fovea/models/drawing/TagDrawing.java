package dev.fovea.models.drawing;

import dev.fovea.models.drawing.Drawing.Tag;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Draws the tags of marks: their labels, black or white on the mark's colour. */
final class TagDrawing {

    private static final float SMALLEST = 9;
    private static final float SMALLER = 0.85f;
    private static final int MOST_LINES = 3;

    /** Share of a picture above which tags that cover it together get smaller letters. */
    private static final double MOST_COVERED = 0.2;

    private final int width;
    private final int height;
    private final int line;
    private final List<Rectangle> free;
    private final List<String> complaints = new ArrayList<>();

    private record Sized(Mark mark, TagText text) {}

    /**
     * Makes tags for a picture of this size.
     *
     * @param line width of the lines of the marks
     * @param free areas that tags should leave free if possible
     */
    TagDrawing(int width, int height, int line, List<Rectangle> free) {
        this.width = width;
        this.height = height;
        this.line = line;
        this.free = free;
    }

    /** Returns lines for people about tags that could not be drawn as they should be. */
    List<String> complaints() {
        return complaints;
    }

    /** Draws tags for all marks that have a label, as far as the picture has space for letters. */
    List<Tag> draw(Graphics2D graphics, List<Mark> marks) {
        List<Mark> labelled =
                marks.stream().filter(mark -> !oneLine(mark.label()).isEmpty()).toList();
        float largest = Math.min((float) Math.sqrt((double) width * height) / 40, height / 3f);
        float size = Math.min(Math.max(SMALLEST, largest), Math.min(width / 6f, height / 2f));
        if (labelled.isEmpty() || size < SMALLEST - 2) {
            return List.of();
        }
        Optional<Lettering> lettering = Lettering.ofMachine();
        if (lettering.isEmpty()) {
            complaints.add(
                    "this machine has no fonts, so the labels are left out of the drawing; install fontconfig and a"
                            + " font, such as fonts-dejavu");
            return List.of();
        }
        List<Tag> tags = place(graphics, sized(lettering.get(), labelled, size));
        List<String> unreadable = lettering.get().unreadable();
        if (!unreadable.isEmpty()) {
            complaints.add("no font of this machine has all letters of \"" + unreadable.getFirst() + "\""
                    + (unreadable.size() > 1 ? " and " + (unreadable.size() - 1) + " more labels" : "")
                    + "; install one that does, such as fonts-noto-cjk");
        }
        return tags;
    }

    private List<Sized> sized(Lettering lettering, List<Mark> marks, float size) {
        List<Sized> sized = new ArrayList<>();
        double area = 0;
        for (Mark mark : marks) {
            String label = oneLine(mark.label());
            Font font = lettering.fontFor(label).deriveFont(size);
            int widest = Math.min(width, Math.max(width / 2, mark.bounds().width));
            int lines = Math.clamp((int) (height / 2 / (size * 1.3)), 1, MOST_LINES);
            TagText text = TagText.of(label, font, widest, lines);
            if (text.width() <= width && text.height() <= height) {
                sized.add(new Sized(mark, text));
                area += (double) text.width() * text.height();
            }
        }
        boolean crowded = area > MOST_COVERED * width * height;
        return crowded && size > SMALLEST ? sized(lettering, marks, Math.max(SMALLEST, size * SMALLER)) : sized;
    }

    private List<Tag> place(Graphics2D graphics, List<Sized> sized) {
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        TagPlaces places = new TagPlaces(width, height, free);
        List<Tag> tags = new ArrayList<>();
        for (Sized tag : sized) {
            Rectangle around = tag.mark.bounds();
            around.grow(line / 2, line / 2);
            Rectangle place = places.take(around, tag.text.width(), tag.text.height());
            Color letters = Colours.opposite(tag.mark.colour());
            graphics.setColor(tag.mark.colour());
            graphics.fill(place);
            graphics.setColor(letters);
            tag.text.draw(graphics, place.x, place.y);
            tags.add(new Tag(tag.mark.label(), place, tag.mark.colour()));
        }
        return tags;
    }

    private static String oneLine(String label) {
        return label.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}\\s]+", " ").strip();
    }
}
