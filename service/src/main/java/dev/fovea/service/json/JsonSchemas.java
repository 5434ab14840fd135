package dev.fovea.service.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Describes records as JSON Schema, each once under its name. */
public final class JsonSchemas {

    private static final String PLACE = "#/components/schemas/";

    private final Map<String, ObjectNode> schemas = new TreeMap<>();
    private final boolean requests;
    /** Whether records stand where they are used, for a schema without a document around it. */
    private final boolean inline;

    private JsonSchemas(boolean requests, boolean inline) {
        this.requests = requests;
        this.inline = inline;
    }

    /** Describes requests, whose optional fields may be null. */
    public static JsonSchemas ofRequests() {
        return new JsonSchemas(true, false);
    }

    /** Describes answers, whose optional fields are absent. */
    public static JsonSchemas ofAnswers() {
        return new JsonSchemas(false, false);
    }

    /** Describes an answer by itself, with the records in it where they stand. */
    public static ObjectNode ofAnswer(Class<?> type) {
        return new JsonSchemas(false, true).record(type);
    }

    /** Describes a request by itself: none of its fields is null, and no others are taken. */
    public static ObjectNode ofRequest(Class<?> type) {
        return ofAnswer(type).put("additionalProperties", false);
    }

    /** Returns all records that were described. */
    public Map<String, ObjectNode> all() {
        return schemas;
    }

    /** Returns the name of a field in JSON. */
    static String name(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null || property.value().isEmpty() ? component.getName() : property.value();
    }

    /** Returns a reference to a record. */
    public ObjectNode reference(Class<?> type) {
        String name = type.getSimpleName();
        if (!schemas.containsKey(name)) {
            schemas.put(name, object()); // for a record within itself
            schemas.put(name, record(type));
        }
        return object().put("$ref", PLACE + name);
    }

    /** Describes the form of a request: the same fields, the picture as a file, and none is null. */
    public ObjectNode form(Class<?> type) {
        ObjectNode schema = ofRequest(type);
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.getType() == ImageData.class) {
                ObjectNode file = (ObjectNode) schema.get("properties").get(name(component));
                file.put("contentMediaType", "application/octet-stream");
            }
        }
        return schema;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private ObjectNode record(Class<?> type) {
        ObjectNode schema = object().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        var required = JsonNodeFactory.instance.arrayNode();
        for (RecordComponent component : type.getRecordComponents()) {
            About about = component.getAnnotation(About.class);
            properties.set(name(component), field(component, about));
            if (about != null && about.required()) {
                required.add(name(component));
            }
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        boolean open = type.isAnnotationPresent(JsonIgnoreProperties.class);
        if (requests && !open) {
            schema.put("additionalProperties", false);
        }
        return schema;
    }

    private ObjectNode field(RecordComponent component, About about) {
        ObjectNode schema = about != null && !about.schema().isEmpty()
                ? (ObjectNode) RecordJson.tree(about.schema())
                : type(component.getGenericType());
        if (about == null) {
            JsonInclude include = component.getAccessor().getAnnotation(JsonInclude.class);
            return include == null ? schema : nullable(schema); // a field of an answer that is there without a value
        }
        boolean list = schema.path("type").asText().equals("array");
        if (about.min() != Integer.MIN_VALUE) {
            schema.put(list ? "minItems" : "minimum", about.min());
        }
        if (about.max() != Integer.MAX_VALUE) {
            schema.put(list ? "maxItems" : "maximum", about.max());
        }
        if (requests && !about.required()) {
            schema = nullable(schema);
        }
        schema.put("description", about.value());
        if (!about.example().isEmpty()) {
            schema.putArray("examples").add(RecordJson.tree(about.example()));
        }
        return schema;
    }

    private static ObjectNode nullable(ObjectNode schema) {
        if (schema.path("type").isTextual()) {
            String type = schema.get("type").asText();
            schema.putArray("type").add(type).add("null");
            return schema;
        }
        ObjectNode either = object();
        either.putArray("anyOf").add(schema).addObject().put("type", "null");
        return either;
    }

    private ObjectNode type(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            ObjectNode schema = object();
            if (generic.getRawType() == List.class) {
                schema.put("type", "array").set("items", type(arguments[0]));
            } else if (generic.getRawType() == Map.class) {
                schema.put("type", "object").set("additionalProperties", type(arguments[1]));
            } else {
                throw new IllegalArgumentException("no schema for " + type);
            }
            return schema;
        }
        return plain((Class<?>) type);
    }

    private ObjectNode plain(Class<?> type) {
        if (type == String.class || type == ImageData.class) {
            return object().put("type", "string");
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return object().put("type", "integer");
        }
        if (type == Double.class || type == double.class || type == Float.class || type == float.class) {
            return object().put("type", "number");
        }
        if (type == Boolean.class || type == boolean.class) {
            return object().put("type", "boolean");
        }
        if (type.isRecord()) {
            return inline ? record(type) : reference(type);
        }
        throw new IllegalArgumentException("no schema for " + type);
    }
}
