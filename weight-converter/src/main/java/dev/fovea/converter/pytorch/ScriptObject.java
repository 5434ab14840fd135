package dev.fovea.converter.pytorch;

import java.util.LinkedHashMap;
import java.util.Map;

/** An object of a class that a TorchScript archive defines: its attributes, and nothing that it could do. */
final class ScriptObject {

    private final Map<String, Object> attributes = new LinkedHashMap<>();

    Map<String, Object> attributes() {
        return attributes;
    }
}
