package dev.fovea.app.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.fovea.app.session.Session;
import dev.fovea.app.terminal.Style;
import dev.fovea.app.terminal.TransferBar;
import dev.fovea.hub.Download;
import dev.fovea.hub.Hub;
import dev.fovea.hub.ModelName;
import dev.fovea.tensor.safetensors.Text;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Downloads a model from a hub into the cache that {@code --model owner/name} and Python's huggingface_hub read. */
@Command(
        name = "download",
        sortOptions = false,
        description = {
            "Download a model from a Hugging Face-compatible hub, for --model NAME. What is there is not fetched"
                    + " again; a download that was"
                    + " stopped goes on."
        },
        footer = {"", "Example: fovea download openai/clip-vit-base-patch32"})
public final class DownloadCommand implements Callable<Integer> {

    private static final int SHORT_COMMIT = 12;

    private final Session session;

    @Option(
            names = "--hub",
            paramLabel = "URL",
            description = "The hub's address (default: HF_ENDPOINT, https://huggingface.co).")
    private String address;

    @Option(names = "--all", description = "Fetch every file of the repository, not only those that Fovea reads.")
    private boolean everything;

    @Option(
            names = "--offline",
            description = "Ask nobody; fail if the model is not in the cache (as HF_HUB_OFFLINE=1 does).")
    private boolean offline;

    @Spec
    private CommandSpec spec;

    private ModelName model;

    @Parameters(index = "0", paramLabel = "NAME", description = "owner/name or owner/name@revision.")
    private void name(String text) {
        model = ModelName.find(text)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "NAME must be as owner/name or owner/name@revision, found " + text));
    }

    /** Makes the command for a session that is set up while the command line is read. */
    public DownloadCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Download done = download();
        if (session.json()) {
            session.console().print(json -> write(json, done));
        } else {
            session.console().print(describe(done));
        }
        return 0;
    }

    private Download download() {
        Hub hub = address == null ? Hub.ofEnvironment() : Hub.ofEnvironment().endpoint(address);
        hub = offline ? hub.offline() : hub;
        hub = everything ? hub.everything() : hub;
        try (TransferBar bar = new TransferBar(session.console(), model.name())) {
            return hub.progress(bar).download(model);
        }
    }

    private static void write(JsonGenerator json, Download done) throws IOException {
        json.writeStringField("model", done.model().owner() + "/" + done.model().name());
        json.writeStringField("revision", done.model().revision());
        json.writeStringField("commit", done.commit());
        json.writeStringField("folder", done.folder().toString());
        json.writeArrayFieldStart("files");
        for (Download.File file : done.files()) {
            json.writeStartObject();
            json.writeStringField("name", file.name());
            json.writeNumberField("bytes", file.bytes());
            json.writeBooleanField("fetched", file.fetched());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNumberField("bytes", done.bytes());
        if (!done.passedOver().isEmpty()) {
            json.writeArrayFieldStart("passedOver");
            for (String name : done.passedOver()) {
                json.writeString(name);
            }
            json.writeEndArray();
        }
    }

    private String describe(Download done) {
        Style style = session.console().style();
        long fetched = done.files().stream().filter(Download.File::fetched).count();
        String next = done.loads()
                ? "use it with --model " + done.model()
                : "make it a folder for --model with fovea convert " + done.model() + " OUT";
        return style.bold(done.model().toString()) + "  " + Style.bytes(done.bytes()) + " in "
                + done.files().size() + " files, " + fetched + " of them fetched, commit "
                + done.commit().substring(0, SHORT_COMMIT) + "\n  " + style.value(done.folder()) + "\n"
                + passedOver(done.passedOver()) + "  " + next + "\n";
    }

    private static String passedOver(List<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        String others = names.size() == 1 ? "" : " and " + (names.size() - 1) + " more";
        return "  passed over, since this system cannot have such names: " + Text.quote(names.getFirst()) + others
                + "\n";
    }
}
