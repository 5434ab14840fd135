package dev.fovea.models.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fovea.models.florence.FlorencePrompt;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.tensor.FoveaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatTaskTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Describe this image in detail.; MORE_DETAILED_CAPTION",
                "What is in this picture?; MORE_DETAILED_CAPTION",
                "Write a caption for the text on it; CAPTION",
                "What does the sign read?; OCR",
                "Transcribe it; OCR",
                "Detect all objects; OD",
                "<OD>; OD"
            })
    void wordsNameATaskOfFlorence(String text, FlorenceTask task) {
        assertEquals(new ChatTask.Florence(FlorencePrompt.of(task)), ChatTask.ofFlorence("m", text));
    }

    @Test
    void aTaskMayHaveWordsAndAQuestionIsNone() {
        FlorencePrompt boot = FlorencePrompt.of(FlorenceTask.CAPTION_TO_PHRASE_GROUNDING, "a boot");
        assertEquals(new ChatTask.Florence(boot), ChatTask.ofFlorence("m", "<CAPTION_TO_PHRASE_GROUNDING> a boot"));
        String why = assertThrows(FoveaException.class, () -> ChatTask.ofFlorence("m", "how\nmany? " + "x".repeat(99)))
                .getMessage();
        assertTrue(why.startsWith("\"how many? xxx") && why.contains("...\" is no task of the model m"), why);
    }

    @Test
    void aBlipDoesWhatItsPartsDo() {
        assertEquals(new ChatTask.Caption(), ChatTask.ofBlip("m", true, true, "describe it"));
        assertEquals(new ChatTask.Caption(), ChatTask.ofBlip("m", true, true, ""));
        assertEquals(new ChatTask.Answer("how many?"), ChatTask.ofBlip("m", true, true, "how many?"));
        assertEquals(new ChatTask.Answer("describe it"), ChatTask.ofBlip("m", false, true, "describe it"));
        assertThrows(FoveaException.class, () -> ChatTask.ofBlip("m", true, false, "how many?"));
        assertThrows(FoveaException.class, () -> ChatTask.ofBlip("m", false, true, ""));
    }
}
