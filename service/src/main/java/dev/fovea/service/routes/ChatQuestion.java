package dev.fovea.service.routes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.ImageData;
import dev.fovea.service.routes.ChatRequest.ChatMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * What a conversation asks: the last picture in it, and the text of the last message of a user.
 *
 * @param param the path of the picture's field
 */
record ChatQuestion(ImageData image, String param, String text) {

    /**
     * Finds the question in a conversation.
     *
     * @throws HttpFailure if there is no picture or more than one in a message, or a part of another kind
     */
    static ChatQuestion of(List<ChatMessage> messages) {
        ImageData image = null;
        String param = null;
        String text = "";
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            Content content = Content.of(message.content(), "messages[" + i + "].content");
            if (content.images.size() > 1) {
                throw HttpFailure.badRequest(
                        content.params.get(1),
                        "there are " + content.images.size() + " pictures in messages[" + i
                                + "]; these models look at one, send a request for each");
            }
            if (!content.images.isEmpty()) {
                image = content.images.getFirst();
                param = content.params.getFirst();
            }
            if (message.role().equals("user")) {
                text = content.text.toString().strip();
            }
        }
        if (image == null) {
            throw HttpFailure.badRequest(
                    "messages",
                    "there is no picture in messages, and these models only speak about one; add a part"
                            + " {\"type\": \"image_url\", \"image_url\": {\"url\": \"data:image/jpeg;base64,...\"}}");
        }
        return new ChatQuestion(image, param, text);
    }

    /** The parts of a message. */
    private static final class Content {
        private final StringBuilder text = new StringBuilder();
        private final List<ImageData> images = new ArrayList<>();
        private final List<String> params = new ArrayList<>();

        static Content of(JsonNode node, String path) {
            Content content = new Content();
            if (node == null || node.isNull()) {
                return content;
            }
            if (node.isTextual()) {
                content.text.append(node.asText());
                return content;
            }
            if (!node.isArray()) {
                throw HttpFailure.badRequest(
                        path, path + " is of the wrong type; expected a text or an array of parts");
            }
            for (int i = 0; i < node.size(); i++) {
                content.add(node.get(i), path + "[" + i + "]");
            }
            return content;
        }

        private void add(JsonNode part, String path) {
            JsonNode url = part.path("image_url").path("url");
            String type = part.path("type").asText();
            if (type.equals("text") && part.path("text").isTextual()) {
                text.append(text.isEmpty() ? "" : "\n").append(part.get("text").asText());
            } else if (type.equals("image_url") && url.isTextual()) {
                images.add(ImageData.of(url.asText()));
                params.add(path + ".image_url.url");
            } else {
                throw HttpFailure.badRequest(
                        path,
                        path + " is no part that these models read; expected {\"type\": \"text\", \"text\": ...} or"
                                + " {\"type\": \"image_url\", \"image_url\": {\"url\": \"data:...\"}}");
            }
        }
    }
}
