package dev.fovea.app.command;

import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Exit;
import dev.fovea.models.LoadOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What commands share that serve models over a port until the process is told to stop. */
final class ServerOptions {

    @Option(
            names = "--port",
            paramLabel = "P",
            description = "The port to listen on, 0 for any that is free (default: ${DEFAULT-VALUE}).")
    private int port;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    /** Takes the usual port. */
    ServerOptions(int usual) {
        port = usual;
    }

    /** Adds a model to a server that is to be started. */
    @FunctionalInterface
    interface ModelAdder {
        /**
         * Adds a model.
         *
         * @param name by which it is asked for
         */
        void add(String name, Path folder, LoadOptions options);
    }

    /** Returns the port. */
    int port() {
        if (port < 0 || port > 65_535) {
            throw new ParameterException(spec.commandLine(), "--port must be 0 to 65535, found " + port);
        }
        return port;
    }

    /**
     * Adds the models that were asked for, which are loaded when the server starts, else the embedded ones, which are
     * loaded when they are first needed.
     *
     * @return the models that were added
     */
    static List<NamedModel> addModels(
            Session session, List<NamedModel> asked, ModelAdder atStart, ModelAdder onDemand) {
        List<NamedModel> models = asked.isEmpty() ? NamedModel.embedded(session) : asked;
        models.forEach(model -> model.addTo(asked.isEmpty() ? onDemand : atStart));
        return models;
    }

    /**
     * Prints where a server is. It is closed when the process is told to stop.
     *
     * @param said what it does there, such as "serving clip"
     */
    static void announce(Session session, Runnable close, String said, URI address) {
        Runtime.getRuntime().addShutdownHook(new Thread(close, "fovea-stop"));
        if (session.json()) {
            session.console().print(json -> json.writeStringField("address", address.toString()));
        } else {
            session.console().print(said + " at " + address + "\n");
        }
    }

    /** Waits until the process is told to stop. */
    static int serve() throws InterruptedException {
        Thread.currentThread().join();
        return Exit.DONE;
    }
}
