package dev.fovea.models.drawing;

import java.awt.Font;
import java.awt.GraphicsEnvironment;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds a font for a text among the fonts of the machine, which may have none at all. */
final class Lettering {

    /** Antialiased, with fractional advances. */
    static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);

    private final Font usual;
    private final List<String> unreadable = new ArrayList<>();
    private Font[] others;

    private Lettering(Font usual) {
        this.usual = usual;
    }

    /**
     * Returns the fonts of the machine, or nothing where Java finds none: a machine without them, without fontconfig,
     * or a Java without its font libraries.
     */
    static Optional<Lettering> ofMachine() {
        try {
            Font usual = new Font(Font.SANS_SERIF, Font.BOLD, 1);
            new TextLayout("a", usual, CONTEXT);
            return Optional.of(new Lettering(usual));
        } catch (RuntimeException | LinkageError | InternalError noFonts) {
            return Optional.empty();
        }
    }

    /** Returns the usual font if it has all letters of a text, else the font that has most of them. */
    Font fontFor(String text) {
        long fewest = missing(usual, text);
        Font best = usual;
        if (fewest > 0) {
            for (Font font : others()) {
                long missing = missing(font, text);
                if (missing < fewest) {
                    fewest = missing;
                    best = font.deriveFont(Font.BOLD);
                }
                if (fewest == 0) {
                    break;
                }
            }
        }
        if (fewest > 0 && !unreadable.contains(text)) {
            unreadable.add(text);
        }
        return best;
    }

    /** Returns the texts for which no font was found that has all their letters. */
    List<String> unreadable() {
        return unreadable;
    }

    private Font[] others() {
        if (others == null) {
            others = GraphicsEnvironment.getLocalGraphicsEnvironment().getAllFonts();
        }
        return others;
    }

    private static long missing(Font font, String text) {
        return text.codePoints()
                .filter(Lettering::isVisible)
                .filter(letter -> !font.canDisplay(letter))
                .count();
    }

    private static boolean isVisible(int letter) {
        boolean variation = letter >= 0xFE00 && letter <= 0xFE0F;
        return !variation && !Character.isSpaceChar(letter) && Character.getType(letter) != Character.FORMAT;
    }
}
