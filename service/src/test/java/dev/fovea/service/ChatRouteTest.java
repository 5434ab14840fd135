package dev.fovea.service;

import static dev.fovea.service.TestService.dataUrl;
import static dev.fovea.service.TestService.get;
import static dev.fovea.service.TestService.picture;
import static dev.fovea.service.TestService.post;
import static dev.fovea.service.TestService.shared;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.models.Detection;
import dev.fovea.models.blip.BlipAnswerer;
import dev.fovea.models.blip.BlipCaptioner;
import dev.fovea.models.florence.Florence2;
import dev.fovea.models.image.Picture;
import dev.fovea.service.TestService.Answer;
import dev.fovea.service.json.RecordJson;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /v1/chat/completions}: each task as the model itself does it, whole and in pieces. */
@Timeout(120)
class ChatRouteTest {

    private static final String SCENE = "trumpet-boot-and-key.png";

    private static String body(String model, String text, String picture, String more) {
        return "{\"model\": \"" + model + "\", \"messages\": [{\"role\": \"system\", \"content\": \"Read the text.\"},"
                + " {\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"" + text
                + "\"}, {\"type\": \"image_url\", \"image_url\": {\"url\": \"" + picture
                + "\", \"detail\": \"low\"}}]}]"
                + more + "}";
    }

    private static Answer chat(String model, String text, String more) {
        return post(shared(), "/v1/chat/completions", body(model, text, dataUrl(SCENE), more));
    }

    private static String content(Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        assertEquals("stop", answer.json().at("/choices/0/finish_reason").asText(), answer.body());
        return answer.json().at("/choices/0/message/content").asText();
    }

    private static Picture scene() {
        return Picture.read(picture(SCENE));
    }

    @Test
    void blipWritesCaptionsAndAnswers() {
        try (BlipCaptioner captioner = BlipCaptioner.load("blip-mini");
                BlipAnswerer answerer = BlipAnswerer.load("blip-mini")) {
            String caption = captioner.caption(scene());
            assertEquals(caption, content(chat("blip-mini", "", "")));
            assertEquals(caption, content(chat("blip-mini", "Please describe this picture!", "")));
            String question = "what is on the left?";
            Answer answer = chat("blip-mini", question, ", \"temperature\": 0, \"n\": 1, \"user\": \"me\"");
            assertEquals(answerer.answer(scene(), question), content(answer));
            JsonNode json = answer.json();
            assertEquals("chat.completion", json.get("object").asText());
            assertEquals("assistant", json.at("/choices/0/message/role").asText());
            assertEquals(
                    answerer.encode(question).length,
                    json.at("/usage/prompt_tokens").asInt());
            assertTrue(json.at("/usage/completion_tokens").asInt() > 0);
        }
    }

    @Test
    void florenceRunsTasksByTheirWordsOrTokens() {
        try (Florence2 florence = Florence2.load("florence-mini")) {
            assertEquals(florence.caption(scene()), content(chat("florence-mini", "", "")));
            assertEquals(florence.describe(scene()), content(chat("florence-mini", "What is in this image?", "")));
            assertEquals(
                    florence.read(scene()),
                    content(chat("florence-mini", "Extract all visible text from this image.", "")));
            List<Detection> found = florence.detect(scene());
            assertFalse(found.isEmpty());
            for (String text : new String[] {"detect the objects", "<OD>"}) {
                JsonNode boxes = RecordJson.tree(content(chat("florence-mini", text, "")))
                        .get("boxes");
                assertEquals(found.size(), boxes.size());
                for (int i = 0; i < found.size(); i++) {
                    Detection box = found.get(i);
                    assertEquals(box.label(), boxes.get(i).get("label").asText());
                    assertEquals(
                            "[" + box.x1() + "," + box.y1() + "," + box.x2() + "," + box.y2() + "]",
                            boxes.get(i).get("box").toString());
                }
            }
            JsonNode grounded =
                    RecordJson.tree(content(chat("florence-mini", "<CAPTION_TO_PHRASE_GROUNDING>a boot", "")));
            assertEquals(
                    florence.ground(scene(), "a boot").size(),
                    grounded.get("boxes").size());
        }
    }

    private static List<JsonNode> events(Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        assertTrue(answer.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream"));
        List<String> data = answer.body()
                .lines()
                .filter(line -> !line.isEmpty())
                .map(line -> {
                    assertTrue(line.startsWith("data: "), line);
                    return line.substring(6);
                })
                .toList();
        assertEquals("[DONE]", data.getLast());
        return data.subList(0, data.size() - 1).stream().map(RecordJson::tree).toList();
    }

    @ParameterizedTest
    @CsvSource({"blip-mini, describe it", "blip-mini, what is it?", "florence-mini, describe it", "florence-mini, <OD>"
    })
    void aStreamHoldsTheSameText(String model, String text) {
        Answer whole = chat(model, text, "");
        List<JsonNode> events =
                events(chat(model, text, ", \"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        String pieces = events.stream()
                .map(event -> event.at("/choices/0/delta/content").asText(""))
                .collect(Collectors.joining());
        assertEquals(content(whole), pieces);
        assertEquals("assistant", events.getFirst().at("/choices/0/delta/role").asText());
        assertEquals(
                "stop",
                events.get(events.size() - 2).at("/choices/0/finish_reason").asText());
        assertEquals(whole.json().get("usage"), events.getLast().get("usage"));
        if (model.equals("blip-mini") && text.startsWith("describe")) {
            assertTrue(events.size() > 5, events.toString()); // in pieces
        }
    }

    @Test
    void limitsAndChanceAreObeyed() {
        Answer cut = chat("blip-mini", "", ", \"max_tokens\": 2");
        assertEquals("length", cut.json().at("/choices/0/finish_reason").asText(), cut.body());
        assertEquals(2, cut.json().at("/usage/completion_tokens").asInt());
        String plenty = ", \"max_completion_tokens\": 100000";
        content(chat("florence-mini", "", plenty));
        content(chat("blip-mini", "", plenty));
        content(chat("blip-mini", "what is it?", plenty));
        String hot = ", \"temperature\": 1.5, \"top_p\": 0.9, \"seed\": 7";
        assertEquals(content(chat("blip-mini", "", hot)), content(chat("blip-mini", "", hot)));
    }

    @Test
    void manyAtOnceAreAnsweredAsAlone() throws Exception {
        String[] pictures = {SCENE, "octopus.png", "elephant.png", "cat.jpg"};
        String[] questions = {"what is it?", "how many animals are there?"};
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                BlipAnswerer blip = BlipAnswerer.load("blip-mini")) {
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                String body = body("blip-mini", questions[i % 2], dataUrl(pictures[i / 2 % 4]), "");
                answers.add(threads.submit(() -> post(shared(), "/v1/chat/completions", body)));
            }
            for (int i = 0; i < 16; i++) {
                String alone = blip.answer(Picture.read(picture(pictures[i / 2 % 4])), questions[i % 2]);
                assertEquals(alone, content(answers.get(i).get()));
            }
        }
        assertTrue(get(shared(), "/metrics").body().contains("operation=\"answer\""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            clip-mini     | what is it?          | does not write; use a BLIP
            florence-mini | how many are there?  | is no task of the model florence-mini
            florence-mini | <NOTHING>            | is not a task of Florence-2
            florence-mini | <OD>a boot           | takes no text
            florence-mini | <REGION_TO_OCR>here  | takes a region
            """)
    void whatAModelDoesNotDoIsSaid(String model, String text, String message) {
        Answer answer = chat(model, text, "");
        assertEquals(400, answer.status(), answer.body());
        assertTrue(answer.error().contains(message), answer.error());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"messages\": []",
                "\"messages\": {}",
                "\"messages\": [null]",
                "\"messages\": [{\"content\": \"a\"}]",
                "\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]",
                "\"messages\": [{\"role\": \"user\", \"content\": 3}]",
                "\"messages\": [{\"role\": \"user\", \"content\": [3]}]",
                "\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_audio\"}]}]",
                "\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": \"x\"}]}]",
                "\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": {\"url\":"
                        + " \"http://a/\"}}]}]"
            })
    void conversationsWithoutAPictureAreRefused(String messages) {
        String fields = "\"model\": \"blip-mini\"" + (messages.isEmpty() ? "" : ", " + messages);
        Answer answer = post(shared(), "/v1/chat/completions", "{" + fields + "}");
        assertEquals(400, answer.status(), answer.body());
        assertTrue(answer.param().startsWith("messages"), answer.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"n\": 2", "\"tools\": [{}]", "\"response_format\": {\"type\": \"json_object\"}", "\"max_tokens\": 0",
                "\"temperature\": 3", "\"temperature\": \"hot\"", "\"stream\": \"yes\"", "\"seed\": 1.5"
            })
    void whatIsNotDoneIsRefused(String field) {
        Answer answer = chat("blip-mini", "", ", " + field);
        assertEquals(400, answer.status(), answer.body());
        assertEquals(field.split("\"")[1], answer.param());
    }

    /** The answer of a stream that cannot begin is an error as any other; the client of one that began may hang up. */
    @Test
    void streamsThatEndEarly() throws IOException, InterruptedException {
        assertEquals(
                400, chat("florence-mini", "how many?", ", \"stream\": true").status());
        String body = body("blip-mini", "", dataUrl(SCENE), ", \"stream\": true");
        for (int i = 0; i < 3; i++) {
            try (Socket socket = new Socket("127.0.0.1", shared().address().getPort())) {
                String head =
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: " + body.length() + "\r\n\r\n";
                socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
                assertTrue(socket.getInputStream().read() > 0);
                socket.setSoLinger(true, 0);
            }
        }
        content(chat("blip-mini", "", ""));
        while (!get(shared(), "/metrics").body().contains("fovea_requests_in_flight 1\n")) {
            Thread.sleep(10); // all have ended but this one
        }
    }
}
