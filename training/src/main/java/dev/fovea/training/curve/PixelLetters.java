package dev.fovea.training.curve;

import java.awt.Graphics2D;

/**
 * Draws short texts out of squares, 5 x 7 for a letter, so that a chart looks the same on a machine without fonts.
 *
 * @param scale side of a square in pixels
 */
record PixelLetters(int scale) {

    private static final String LETTERS = "0123456789.abcdeghilnoprstv";
    private static final int ROWS = 7;
    private static final int COLUMNS = 5;
    private static final int ADVANCE = COLUMNS + 1;

    /** The rows of each letter from the top, two hexadecimal digits for each, the leftmost square being 10. */
    private static final String[] SQUARES = {
        "0E11131519110E", "040C040404040E", "0E11010204081F", "1F02040201110E", "02060A121F0202",
        "1F101E0101110E", "0608101E11110E", "1F010204080808", "0E11110E11110E", "0E11110F01020C",
        "00000000000C0C", "00000E010F110F", "1010161911111E", "00000E1010110E", "01010D1311110F",
        "00000E111F100E", "000F11110F010E", "10101619111111", "04000C0404040E", "0C04040404040E",
        "00001619111111", "00000E1111110E", "00001E111E1010", "00001619101010", "00000E100E011E",
        "08081C08080906", "00001111110A04"
    };

    /** Returns the height of a line in pixels. */
    int height() {
        return ROWS * scale;
    }

    /** Returns the width of a text in pixels. */
    int width(String text) {
        return text.isEmpty() ? 0 : (text.length() * ADVANCE - 1) * scale;
    }

    /**
     * Draws a text in the current colour.
     *
     * @param text of the letters that charts need; any other is a gap
     * @param x left edge
     * @param y upper edge
     */
    void draw(Graphics2D graphics, String text, int x, int y) {
        for (int i = 0; i < text.length(); i++) {
            int letter = LETTERS.indexOf(text.charAt(i));
            for (int row = 0; row < ROWS && letter >= 0; row++) {
                int squares = Integer.parseInt(SQUARES[letter], 2 * row, 2 * row + 2, 16);
                for (int column = 0; column < COLUMNS; column++) {
                    if ((squares >> COLUMNS - 1 - column & 1) == 1) {
                        graphics.fillRect(x + (i * ADVANCE + column) * scale, y + row * scale, scale, scale);
                    }
                }
            }
        }
    }
}
