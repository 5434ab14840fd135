package dev.fovea.app.command;

import dev.fovea.app.session.ModelSource;
import dev.fovea.app.session.Session;
import dev.fovea.models.Models;
import java.nio.file.Path;
import java.util.List;

/**
 * A model that a command serves.
 *
 * @param name by which it is asked for
 * @param source where it comes from
 */
record NamedModel(String name, ModelSource source) {

    /** Returns the models that were asked for as {@code --model NAME=MODEL}, none where nobody asks for one. */
    static List<NamedModel> asked(Session session) {
        return session.models().stream().map(wanted -> of(wanted, session)).toList();
    }

    /** Returns the models that were asked for, each by the name that loads it, for commands that show how to go on. */
    static List<NamedModel> asWritten(Session session) {
        return session.models().stream()
                .map(name -> new NamedModel(name, session.named(name)))
                .toList();
    }

    /** Adds this model to a server. */
    void addTo(ServerOptions.ModelAdder server) {
        server.add(name, source.folder(), source.options());
    }

    /** Returns the embedded models. */
    static List<NamedModel> embedded(Session session) {
        return Models.embedded().stream()
                .map(name -> new NamedModel(name, session.named(name)))
                .toList();
    }

    private static NamedModel of(String wanted, Session session) {
        int equals = wanted.indexOf('=');
        ModelSource model = session.named(wanted.substring(equals + 1));
        return new NamedModel(equals >= 0 ? wanted.substring(0, equals) : usualName(model), model);
    }

    /** Returns the name of a model that was given none: its own, of a folder the last part. */
    private static String usualName(ModelSource model) {
        String name = model.name();
        return Path.of(name).toFile().isDirectory()
                ? model.folder().getFileName().toString()
                : name;
    }
}
