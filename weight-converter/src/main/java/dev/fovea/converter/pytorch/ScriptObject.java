package dev.fovea.converter.pytorch;

import java.util.LinkedHashMap;
import java.util.Map;

/** Holds the attributes of an object of a class that a TorchScript archive defines, and none of its code. */
final class ScriptObject {

    private final Map<String, Object> attributes = new LinkedHashMap<>();

    Map<String, Object> attributes() {
        return attributes;
    }
}
