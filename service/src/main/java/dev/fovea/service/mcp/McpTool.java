package dev.fovea.service.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fovea.service.json.JsonSchemas;
import dev.fovea.service.json.RecordJson;
import java.util.function.BiFunction;

/**
 * A tool: its name, what it says about itself, and what it does.
 *
 * @param name in calls
 * @param title for people
 * @param description for the model that chooses a tool
 * @param request the record of its arguments
 * @param answer the record of its result
 * @param action does it
 */
record McpTool(
        String name,
        String title,
        String description,
        Class<? extends Record> request,
        Class<? extends Record> answer,
        BiFunction<Record, ToolCall, Record> action) {

    /** Makes a tool whose action takes the record of its arguments. */
    static <Q extends Record, A extends Record> McpTool of(
            String name,
            String title,
            String description,
            Class<Q> request,
            Class<A> answer,
            BiFunction<Q, ToolCall, A> action) {
        return new McpTool(
                name, title, description, request, answer, (asked, call) -> action.apply(request.cast(asked), call));
    }

    /** Describes the tool as {@code tools/list} does. No tool changes anything that a client could see. */
    ObjectNode describe() {
        ObjectNode tool = JsonNodeFactory.instance.objectNode();
        tool.put("name", name).put("title", title).put("description", description);
        tool.set("inputSchema", JsonSchemas.ofRequest(request));
        tool.set("outputSchema", JsonSchemas.ofAnswer(answer));
        tool.putObject("annotations")
                .put("title", title)
                .put("readOnlyHint", true)
                .put("destructiveHint", false)
                .put("idempotentHint", true)
                .put("openWorldHint", false);
        return tool;
    }

    /** Reads the arguments and does it. */
    Record call(JsonNode arguments, ToolCall call) {
        return action.apply(RecordJson.read(arguments, request), call);
    }
}
