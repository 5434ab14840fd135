package dev.fovea.app;

import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import java.util.List;
import java.util.function.Function;

/** Prints a text while it is generated. */
final class TextStream implements GenerationListener {

    private final Console console;
    private final Function<int[], String> text;
    private String printed = "";

    /**
     * Prints to a console.
     *
     * @param text the text of some tokens
     */
    TextStream(Console console, Function<int[], String> text) {
        this.console = console;
        this.text = text;
    }

    /** A word may still get another piece: what is printed is never longer than what the text surely begins with. */
    @Override
    public boolean tokenAdded(int picture, List<Sequence> live, List<Sequence> finished) {
        boolean ended = live.isEmpty();
        String all = text.apply((ended ? finished : live).getFirst().tokens());
        String sure = ended ? all : all.substring(0, Math.max(0, all.lastIndexOf(' ')));
        if (sure.startsWith(printed)) {
            console.print(console.style().value(sure.substring(printed.length())));
            printed = sure;
        }
        return true;
    }
}
