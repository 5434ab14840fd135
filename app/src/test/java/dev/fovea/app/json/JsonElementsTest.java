package dev.fovea.app.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonElementsTest {

    @Test
    void aFileAndMemoryGiveTheSameDocument() throws IOException {
        assertEquals("{\"list\":[],\"after\":1}\n", document(1 << 20, 0));
        assertEquals("{\"list\":[{\"number\":0,\"text\":\"ü\\n0\"}],\"after\":1}\n", document(1 << 20, 1));
        assertEquals(document(1 << 20, 2000), document(100, 2000));
        assertEquals(document(1 << 20, 1), document(0, 1));
    }

    private static String document(int mostInMemory, int count) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonElements elements = new JsonElements(mostInMemory)) {
            for (int i = 0; i < count; i++) {
                int number = i;
                elements.add(json -> {
                    json.writeNumberField("number", number);
                    json.writeStringField("text", "ü\n" + number);
                });
            }
            Json.write(out, json -> {
                elements.write(json, "list");
                json.writeNumberField("after", 1);
            });
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
