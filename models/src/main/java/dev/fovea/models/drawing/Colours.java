package dev.fovea.models.drawing;

import java.awt.Color;
import java.util.HashMap;
import java.util.Map;

/**
 * Chooses colours for labels: one label always gets one colour, and different labels get colours that are as different
 * as their number allows.
 */
final class Colours {

    private static final int[] FIRST = {
        0xE6194B, 0x2F6FED, 0x3CB44B, 0xFFD319, 0x9B30D9, 0xF58231, 0x2AD4E8, 0xF032E6, 0xB5E61D, 0x8B4A1F, 0x0F8B8D,
        0xFFA6C1, 0x23237F, 0xC9B3FF, 0x7A7A00, 0x9CF5C4
    };

    /** Hues that follow each other by this part of the circle never come close to an earlier one. */
    private static final double GOLDEN_SECTION = 0.6180339887498949;

    /**
     * Luminance up to which white letters are read more easily than black ones. By WCAG's contrasts alone it would be
     * 0.18, but on a strong red or blue people find white more readable than that.
     */
    private static final double DARK = 0.22;

    private final Map<String, Color> ofLabels = new HashMap<>();
    private int used;

    /** Returns the colour of a label; objects without a label have one each. */
    Color of(String label) {
        return label.isBlank() ? next() : ofLabels.computeIfAbsent(label, unseen -> next());
    }

    private Color next() {
        int number = used++;
        if (number < FIRST.length) {
            return new Color(FIRST[number]);
        }
        int more = number - FIRST.length;
        float hue = (float) (more * GOLDEN_SECTION % 1);
        return Color.getHSBColor(hue, more % 2 == 0 ? 0.85f : 0.5f, more % 3 == 0 ? 0.65f : 0.95f);
    }

    /** Returns black or white, whichever reads better on a colour. */
    static Color opposite(Color colour) {
        return luminance(colour) > DARK ? Color.BLACK : Color.WHITE;
    }

    static Color withAlpha(Color colour, int alpha) {
        return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), alpha);
    }

    /** Returns relative luminance as WCAG 2 defines it, from 0 for black to 1 for white. */
    static double luminance(Color colour) {
        return 0.2126 * linear(colour.getRed())
                + 0.7152 * linear(colour.getGreen())
                + 0.0722 * linear(colour.getBlue());
    }

    private static double linear(int channel) {
        double value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }
}
