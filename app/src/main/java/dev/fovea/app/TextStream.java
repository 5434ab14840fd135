package dev.fovea.app;

import dev.fovea.models.generation.Generation.Sequence;
import dev.fovea.models.generation.GenerationListener;
import dev.fovea.models.tokenizer.Tokenizer;
import java.util.List;

/** Prints a text while it is generated. */
final class TextStream implements GenerationListener {

    private final Console console;
    private final Tokenizer tokenizer;
    private String printed = "";

    TextStream(Console console, Tokenizer tokenizer) {
        this.console = console;
        this.tokenizer = tokenizer;
    }

    /** A word may still get another piece: what is printed is never longer than what the text surely begins with. */
    @Override
    public boolean tokenAdded(int picture, List<Sequence> live, List<Sequence> finished) {
        boolean ended = live.isEmpty();
        String text = tokenizer.decode((ended ? finished : live).getFirst().tokens(), true);
        String sure = ended ? text : text.substring(0, Math.max(0, text.lastIndexOf(' ')));
        if (sure.startsWith(printed)) {
            console.print(sure.substring(printed.length()));
            printed = sure;
        }
        return true;
    }
}
