package dev.fovea.app.command;

import dev.fovea.app.session.Session;
import dev.fovea.search.PhotoIndex;
import dev.fovea.studio.FoveaStudio;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Serves the page that shows what happens inside a model, until the process is told to stop. */
@Command(
        name = "studio",
        sortOptions = false,
        description = "Open a page that shows what happens inside a model, on your own picture.",
        footer = {
            "",
            "--model may be repeated; without it the embedded models are shown. The page is for this machine only, and"
                    + " for whoever has the whole address with its token.",
            "",
            "Examples:",
            "  fovea studio",
            "  fovea studio photos/",
            "  fovea studio --model openai/clip-vit-base-patch32 --no-browser"
        })
public final class StudioCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER|INDEX",
            description = "Pictures for the page to search: a folder of them, which is indexed while the page is used,"
                    + " or an index that fovea index made.")
    private Path searched;

    @Mixin
    private final ServerOptions server = new ServerOptions(8095);

    @Option(names = "--no-browser", description = "Print the address and open no browser.")
    private boolean noBrowser;

    /** Makes the command for a session that is set up while the command line is read. */
    public StudioCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        FoveaStudio.Builder builder = FoveaStudio.builder().port(server.port());
        ServerOptions.addModels(session, NamedModel.asWritten(session), builder::model, builder::modelOnDemand);
        if (searched != null && PhotoIndex.isIndex(searched)) {
            builder.index(searched, IndexAccess.options(session, searched));
        } else if (searched != null) {
            IndexAccess.silenceLucene();
            builder.folder(searched);
        }
        try (FoveaStudio studio = builder.start()) {
            ServerOptions.announce(session, studio::close, "studio", studio.address());
            if (!noBrowser) {
                open(studio);
            }
            return ServerOptions.serve();
        }
    }

    /**
     * Opens a browser if there is one; else the user has the address. The command lines of programs can be read by
     * other users of the machine, so this address works once.
     */
    private void open(FoveaStudio studio) {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        List<String> opener = system.startsWith("mac")
                ? List.of("open")
                : system.startsWith("windows")
                        ? List.of("rundll32", "url.dll,FileProtocolHandler")
                        : List.of("xdg-open");
        List<String> command = new ArrayList<>(opener);
        command.add(studio.addressOfOneUse().toString());
        try {
            new ProcessBuilder(command)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException none) {
            session.console().warn("no browser can be opened from here; open the address yourself");
        }
    }
}
