package dev.fovea.models.drawing;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.LineBreakMeasurer;
import java.awt.font.TextAttribute;
import java.awt.font.TextLayout;
import java.awt.font.TextMeasurer;
import java.text.AttributedString;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A label set in a few lines, with some space around it. */
final class TagText {

    private final List<TextLayout> lines;
    private final int padding;
    private final int width;
    private final int height;
    private final float lineHeight;
    private final float ascent;

    private TagText(List<TextLayout> lines, int padding) {
        this.lines = lines;
        this.padding = padding;
        float widest = 0;
        float above = 0;
        float below = 0;
        for (TextLayout line : lines) {
            widest = Math.max(widest, line.getAdvance());
            above = Math.max(above, line.getAscent());
            below = Math.max(below, line.getDescent());
        }
        this.ascent = above;
        this.lineHeight = above + below;
        this.width = (int) Math.ceil(widest) + 2 * padding;
        this.height = (int) Math.ceil(lineHeight * lines.size()) + padding;
    }

    /**
     * Breaks a text into lines; a text that does not fit ends with an ellipsis.
     *
     * @param text without line breaks, not empty
     * @param widest that the tag may be, with the space around the text
     * @param mostLines at least one
     */
    static TagText of(String text, Font font, int widest, int mostLines) {
        int padding = Math.max(1, Math.round(font.getSize2D() / 4));
        float room = Math.max(1, widest - 2 * padding);
        AttributedString attributed = new AttributedString(text);
        attributed.addAttribute(TextAttribute.FONT, font);
        LineBreakMeasurer measurer = new LineBreakMeasurer(
                attributed.getIterator(), BreakIterator.getLineInstance(Locale.ROOT), Lettering.CONTEXT);
        List<TextLayout> lines = new ArrayList<>();
        while (measurer.getPosition() < text.length()) {
            int start = measurer.getPosition();
            boolean last = lines.size() == mostLines - 1;
            if (last && measurer.nextOffset(room) < text.length()) {
                String ellipsis = font.canDisplay('…') ? "…" : "...";
                float left = room - new TextLayout(ellipsis, font, Lettering.CONTEXT).getAdvance();
                // The break between words may be much earlier than the end of the line: this line is cut between
                // letters.
                int end = new TextMeasurer(attributed.getIterator(), Lettering.CONTEXT)
                        .getLineBreakIndex(start, Math.max(1, left));
                String cut = text.substring(start, Math.max(end, start)).stripTrailing();
                lines.add(new TextLayout(cut + ellipsis, font, Lettering.CONTEXT));
                break;
            }
            lines.add(measurer.nextLayout(room));
        }
        return new TagText(lines, padding);
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Draws the text in the current colour with its upper left corner at a point. */
    void draw(Graphics2D graphics, int x, int y) {
        float baseline = y + padding / 2f + ascent;
        for (TextLayout line : lines) {
            line.draw(graphics, x + padding, baseline);
            baseline += lineHeight;
        }
    }
}
