package dev.fovea.app.tuning;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What came of a training by epochs.
 *
 * @param settings of the method, by name
 * @param remarks what to know about how it went
 * @param save writes a folder
 */
record Trained(Map<String, Object> settings, List<String> remarks, Consumer<Path> save) {}
