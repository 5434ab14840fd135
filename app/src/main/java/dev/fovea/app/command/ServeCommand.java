package dev.fovea.app.command;

import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.ErrorOutputLoggers;
import dev.fovea.service.FoveaService;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Serves models over HTTP until the process is told to stop. */
@Command(
        name = "serve",
        sortOptions = false,
        description = "Serve models over HTTP, as OpenAI's clients and curl ask for them.",
        footer = {
            "",
            "--model NAME=MODEL may be repeated: requests name NAME. Without it the embedded",
            "models are served, each loaded when it is first asked for.",
            "",
            "Examples:",
            "  fovea serve",
            "  fovea serve --index photos=photos.index",
            "  fovea serve --port 0 --model clip=openai/clip-vit-base-patch32 --key-file keys"
        })
public final class ServeCommand implements Callable<Integer> {

    private final Session session;

    @Option(names = "--host", paramLabel = "H", description = "The address to listen on (default: 127.0.0.1).")
    private String host = "127.0.0.1";

    @Mixin
    private final ServerOptions server = new ServerOptions(8080);

    @Option(
            names = "--index",
            paramLabel = "NAME=INDEX",
            description = "Serve an index that fovea index made for searches; may be repeated.")
    private List<String> indexes = new ArrayList<>();

    @Option(
            names = "--key-file",
            paramLabel = "F",
            description = "A file with a key on each line; requests must send one, Authorization: Bearer KEY.")
    private Path keyFile;

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description = "Another name of this machine that requests may use; may be repeated.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            description = "Web pages of this origin may ask, such as https://example.com; may be repeated.")
    private List<String> origins = new ArrayList<>();

    @Option(
            names = "--allow-pictures-from",
            paramLabel = "HOST",
            description = "Fetch pictures of this host whose address a request gives; may be repeated.")
    private List<String> pictureHosts = new ArrayList<>();

    @Option(
            names = "--tls-key-store",
            paramLabel = "F",
            description = "Speak HTTPS with the key and certificates in a file of PKCS#12 or JKS.")
    private Path keyStore;

    @Option(
            names = "--tls-password-file",
            paramLabel = "F",
            description = "A file whose first line is the password of the key store and of its key.")
    private Path passwordFile;

    @Option(
            names = "--rate-limit",
            paramLabel = "N",
            description = "Requests a minute of each key, or of each address without keys (default: any number).")
    private Integer rateLimit;

    @Option(
            names = "--unload-after",
            paramLabel = "MINUTES",
            description = "Unload models that no request has used for so long (default: they stay loaded).")
    private Integer unloadAfter;

    @Option(names = "--access-log", description = "Print a line for each request on the error output.")
    private boolean accessLog;

    @Spec
    private CommandSpec spec;

    /** Makes the command for a session that is set up while the command line is read. */
    public ServeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        requirePositive("--rate-limit", rateLimit);
        requirePositive("--unload-after", unloadAfter);
        if ((keyStore == null) != (passwordFile == null)) {
            throw new ParameterException(
                    spec.commandLine(), "--tls-key-store and --tls-password-file belong together; give both");
        }
        if (accessLog) {
            ErrorOutputLoggers.show("dev.fovea.service.access");
        }
        FoveaService.Builder builder = FoveaService.builder().host(host).port(server.port());
        List<String> names = new ArrayList<>();
        ServerOptions.addModels(session, NamedModel.asked(session), builder::model, builder::modelOnDemand)
                .forEach(model -> names.add(model.name()));
        names.addAll(addIndexes(builder));
        hosts.forEach(builder::allowHost);
        origins.forEach(builder::allowOrigin);
        pictureHosts.forEach(builder::allowPicturesFrom);
        if (keyStore != null) {
            builder.tls(keyStore, passwordFile);
        }
        if (rateLimit != null) {
            builder.rateLimit(rateLimit);
        }
        if (unloadAfter != null) {
            builder.unloadAfter(Duration.ofMinutes(unloadAfter));
        }
        if (keyFile != null) {
            builder.keys(keyFile);
        } else if (!isLoopback(host)) {
            session.console()
                    .warn("whoever reaches " + host + " may use this service; let it ask for keys with --key-file");
        }
        try (FoveaService service = builder.start()) {
            ServerOptions.announce(session, service::close, "serving " + String.join(", ", names), service.address());
            return ServerOptions.serve();
        }
    }

    private void requirePositive(String option, Integer number) {
        if (number != null && number < 1) {
            throw new ParameterException(spec.commandLine(), option + " must be 1 or more, found " + number);
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            return true; // which the service says
        }
    }

    /** Adds the indexes, each with the model that made it, and returns their names in requests. */
    private List<String> addIndexes(FoveaService.Builder builder) {
        List<String> names = new ArrayList<>();
        for (String wanted : indexes) {
            int equals = wanted.indexOf('=');
            Path folder = Path.of(wanted.substring(equals + 1));
            String name = equals >= 0 ? wanted.substring(0, equals) : String.valueOf(folder.getFileName());
            builder.index(name, folder, IndexAccess.options(session, folder));
            names.add(name);
        }
        return names;
    }
}
