package dev.fovea.app.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextWidthTest {

    @ParameterizedTest
    @CsvSource({
        "'', 0",
        "cat, 3",
        "Grüße, 5",
        "e\u0301te\u0301, 3",
        "猫の写真, 8",
        "한국어, 6",
        "ｆｕｌｌ, 8",
        "👍, 2",
        "👍🏽, 2",
        "👩‍👩‍👧‍👦, 2",
        "❤️, 2",
        "🇫🇷, 2",
        "a\u200Bb, 2",
        "שלום, 4"
    })
    void columnsOfATerminal(String text, int columns) {
        assertEquals(columns, TextWidth.of(text));
    }

    @ParameterizedTest
    @CsvSource({
        "cat, 5, 'cat  '",
        "cat, 3, cat",
        "catalogue, 5, cata…",
        "猫の写真, 8, 猫の写真",
        "猫の写真, 7, 猫の写…",
        "猫の写真, 6, '猫の… '",
        "👩‍👩‍👧‍👦👩‍👩‍👧‍👦, 3, 👩‍👩‍👧‍👦…"
    })
    void fitsExactly(String text, int columns, String fitted) {
        assertEquals(fitted, TextWidth.fit(text, columns));
        assertEquals(columns, TextWidth.of(fitted));
    }

    @Test
    void barsAreAsLongAsTheyShould() {
        Style style = Style.plain(StandardCharsets.UTF_8);
        assertEquals("          ", style.bar(0, 10));
        assertEquals("██████████", style.bar(1, 10));
        assertEquals("█████     ", style.bar(0.5, 10));
        assertEquals("███▎      ", style.bar(0.325, 10));
        assertEquals("          ", style.bar(Double.NaN, 10));
        assertEquals("#####     ", Style.plain(StandardCharsets.US_ASCII).bar(0.5, 10));
    }

    @Test
    void numbersForPeople() {
        assertEquals("82.1%", Style.percent(0.8213));
        assertEquals("151,277,313", Style.count(151277313));
        assertEquals("605.2 MB", Style.bytes(605156676));
        assertEquals("12 bytes", Style.bytes(12));
    }
}
