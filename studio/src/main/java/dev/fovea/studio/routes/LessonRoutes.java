package dev.fovea.studio.routes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.fovea.service.error.HttpFailure;
import dev.fovea.service.json.RecordJson;
import dev.fovea.studio.web.PageCall;
import dev.fovea.studio.web.PageFiles;
import dev.fovea.studio.web.PageRoute;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Hands out lessons: guided tours as JSON files, which {@code lessons/index.txt} lists. */
public final class LessonRoutes {

    private final PageFiles files;

    /** Makes the routes. */
    public LessonRoutes(PageFiles files) {
        this.files = files;
    }

    /** Returns the routes. */
    public List<PageRoute> routes() {
        return List.of(PageRoute.get("/api/lessons", this::list), PageRoute.get("/api/lessons/*", this::lesson));
    }

    /** A lesson, for the list on the page. */
    record LessonEntry(String name, String title, int steps) {}

    private void list(PageCall call) {
        List<LessonEntry> lessons = new ArrayList<>();
        for (String file : files.names()) {
            JsonNode lesson = RecordJson.tree(text(file));
            lessons.add(new LessonEntry(
                    file.substring(0, file.length() - ".json".length()),
                    lesson.path("title").asText(),
                    lesson.path("steps").size()));
        }
        call.json(lessons);
    }

    private void lesson(PageCall call) {
        String file = call.variable(0) + ".json";
        if (!files.names().contains(file)) {
            throw HttpFailure.notFound(
                    null, "unknown_url", "there is no lesson of this name; choose one under Lessons");
        }
        call.bytes("application/json", text(file).getBytes(StandardCharsets.UTF_8));
    }

    private String text(String file) {
        return new String(files.bytes("/" + file), StandardCharsets.UTF_8);
    }
}
