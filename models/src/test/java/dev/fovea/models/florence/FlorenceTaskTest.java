package dev.fovea.models.florence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.tensor.FoveaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlorenceTaskTest {

    @ParameterizedTest
    @EnumSource
    void isFoundByItsToken(FlorenceTask task) {
        assertSame(task, FlorenceTask.of(task.token()));
        assertSame(task, FlorenceTask.of(" " + task.token() + "\n"));
    }

    @Test
    void wordsAndRegionsStandInTheirSentences() {
        assertEquals("Locate the objects with category name in the image.", FlorenceTask.OD.prompt(null));
        assertEquals("Locate the objects with category name in the image.", FlorenceTask.OD.prompt(" \n"));
        assertEquals("Locate wheels in the image.", FlorenceTask.OPEN_VOCABULARY_DETECTION.prompt("wheels"));
        assertEquals(
                "Locate a car in the image with mask",
                FlorenceTask.REFERRING_EXPRESSION_SEGMENTATION.prompt(" a car "));
        assertEquals(
                "What is the region <loc_0><loc_10><loc_99><loc_999>?",
                FlorenceTask.REGION_TO_CATEGORY.prompt("<loc_0><loc_10><loc_99><loc_999>"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "OD", "<od>", "<OD", "<OD>a car", "<OD><OCR>", "<LOCATE>"})
    void unknownTasksAreRefusedWithTheKnownOnes(String token) {
        String message = message(() -> FlorenceTask.of(token));
        assertTrue(message.startsWith("'" + token + "' is not a task of Florence-2; expected one of <OCR>, "), message);
        for (FlorenceTask task : FlorenceTask.values()) {
            assertTrue(message.contains(task.token()), message);
        }
    }

    @ParameterizedTest
    @EnumSource
    void textThatIsMissingOrNotWantedIsRefused(FlorenceTask task) {
        String expected = switch (task.input()) {
            case NOTHING -> "task " + task.token() + " takes no text, but was given 'a car'; leave it out";
            case TEXT ->
                "task " + task.token() + " takes a text, but was given none; say what to look for in the picture";
            case REGION ->
                "task " + task.token() + " takes a region, but was given none; expected "
                        + "<loc_x1><loc_y1><loc_x2><loc_y2> with whole numbers from 0 to 999, thousandths of the "
                        + "picture's width and height";
        };
        if (task.input() == FlorenceTask.Input.NOTHING) {
            assertEquals(expected, message(() -> task.prompt("a car")));
        } else {
            assertEquals(expected, message(() -> task.prompt(null)));
            if (task.input() == FlorenceTask.Input.REGION) {
                assertEquals(expected, message(() -> task.prompt(" \u00a0\n")));
            }
        }
    }

    /** As for the reference: the sentence is there, with nothing in it. */
    @Test
    void wordsMayBeEmpty() {
        assertEquals("Locate the phrases in the caption: ", FlorenceTask.CAPTION_TO_PHRASE_GROUNDING.prompt(""));
        assertEquals("Locate  in the image.", FlorenceTask.OPEN_VOCABULARY_DETECTION.prompt(" \u00a0\n"));
        assertEquals("Locate  in the image.", FlorenceTask.writtenOut("<OPEN_VOCABULARY_DETECTION> \u00a0\n"));
    }

    @Test
    void aTaskWithinTheTextIsRefused() {
        assertEquals(
                "the text for task <CAPTION_TO_PHRASE_GROUNDING> holds the task token <OD>; one task at a time, take"
                        + " it out of "
                        + "'a car<OD>'",
                message(() -> FlorenceTask.CAPTION_TO_PHRASE_GROUNDING.prompt("a car<OD>")));
        assertTrue(message(() -> FlorenceTask.REGION_TO_OCR.prompt("<REGION_TO_OCR><loc_1><loc_2><loc_3><loc_4>"))
                .contains("holds the task token <REGION_TO_OCR>"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a car",
                "<loc_1><loc_2><loc_3>",
                "<loc_1><loc_2><loc_3><loc_4><loc_5>",
                "<loc_1> <loc_2> <loc_3> <loc_4>",
                "<loc_1><loc_2><loc_3><loc_1000>",
                "<loc_1><loc_2><loc_3><loc_04>",
                "<loc_1><loc_2><loc_3><loc_-4>",
                "<loc_1><loc_2><loc_3><loc_\u0664>",
                "1,2,3,4"
            })
    void whatIsNoRegionIsRefused(String region) {
        String message = message(() -> FlorenceTask.REGION_TO_DESCRIPTION.prompt(region));
        assertTrue(message.startsWith("task <REGION_TO_DESCRIPTION> takes a region, but was given '" + region + "'; "));
    }

    @Test
    void messagesStayOnOneLine() {
        assertTrue(message(() -> FlorenceTask.of("a\nb\u2028c")).startsWith("'a b c' is not a task"));
        assertTrue(message(() -> FlorenceTask.OD.prompt("x".repeat(10_000))).length() < 200);
    }

    private static String message(Executable call) {
        String message = assertThrows(FoveaException.class, call).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }
}
