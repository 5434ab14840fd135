package dev.fovea.app.command;

import dev.fovea.app.arguments.GenerationFlags;
import dev.fovea.app.arguments.Region;
import dev.fovea.app.florence.FlorenceRun;
import dev.fovea.app.pictures.DrawOption;
import dev.fovea.app.pictures.PictureArguments;
import dev.fovea.app.pictures.SidecarOption;
import dev.fovea.app.session.Session;
import dev.fovea.models.florence.FlorenceTask;
import dev.fovea.models.florence.FlorenceTask.Input;
import dev.fovea.models.florence.FlorenceTask.Output;
import dev.fovea.tensor.FoveaException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Runs any task of Florence-2. */
@Command(
        name = "florence",
        sortOptions = false,
        description = "Ask Florence-2 for one of its tasks.",
        footer = {
            "",
            "Tasks, with or without <>:",
            "  text          CAPTION, DETAILED_CAPTION, MORE_DETAILED_CAPTION, OCR",
            "  boxes         OD, DENSE_REGION_CAPTION, REGION_PROPOSAL",
            "  text lines    OCR_WITH_REGION",
            "  about a TEXT  CAPTION_TO_PHRASE_GROUNDING, OPEN_VOCABULARY_DETECTION,",
            "                REFERRING_EXPRESSION_SEGMENTATION",
            "  of a region   REGION_TO_CATEGORY, REGION_TO_DESCRIPTION, REGION_TO_OCR,",
            "                REGION_TO_SEGMENTATION",
            "Anything else reaches the model as it is, TASK and TEXT one after the other, and gives text.",
            "",
            "Examples:",
            "  fovea florence scene.png \"<OD>\" --draw found.png",
            "  fovea florence scene.png region_to_category --region 100,80,300,240",
            "  fovea florence street.jpg open_vocabulary_detection \"a red car\" --model Florence-2-base-ft",
            "  fovea florence letter.png \"<DocVQA>\" \"who wrote this?\" --model my-fine-tune"
        })
public final class FlorenceCommand implements Callable<Integer> {

    private final Session session;

    @Mixin
    private PictureArguments pictures;

    @Parameters(
            index = "1",
            paramLabel = "TASK",
            description = "The task, such as \"<OD>\"; OD or od will do. Or a fine-tune's own, or any prompt.")
    private void task(String name) {
        asked = name;
        String token = name.strip().toUpperCase(Locale.ROOT);
        boolean bare = token.matches("[A-Z_]+");
        try {
            task = FlorenceTask.of(bare ? "<" + token + ">" : token);
        } catch (FoveaException unknown) {
            if (bare) {
                throw new ParameterException(
                        spec.commandLine(), unknown.getMessage() + ", or a prompt of more than one word");
            }
        }
    }

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "TEXT",
            description = "What some tasks take: words, or a region as <loc_x1><loc_y1><loc_x2><loc_y2>. "
                    + "Follows a prompt of yours as it is.")
    private String text;

    @Option(
            names = "--region",
            paramLabel = "X1,Y1,X2,Y2",
            description = "The region that some tasks take, in pixels of the picture.")
    private void region(String numbers) {
        try {
            region = Region.of(numbers);
        } catch (TypeConversionException wrong) {
            throw new ParameterException(spec.commandLine(), "--region: " + wrong.getMessage());
        }
    }

    @Mixin
    private SidecarOption sidecar;

    @Mixin
    private DrawOption draw;

    @Mixin
    private GenerationFlags generation;

    @Spec
    private CommandSpec spec;

    private String asked;
    private FlorenceTask task; // null for any other prompt
    private Region region;

    /** Makes the command for a session that is set up while the command line is read. */
    public FlorenceCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (task == null) {
            return runPrompt();
        }
        checkInput();
        if (draw.given() && task.output() == Output.TEXT) {
            throw draw.wrong("task " + task.token() + " gives text, which has no places; leave out " + draw.name());
        }
        FlorenceRun run = new FlorenceRun(session, pictures, generation, sidecar, draw);
        return region == null ? run.run(task, text) : run.runOnEach(task, region::on);
    }

    private int runPrompt() {
        if (draw.given()) {
            throw draw.wrong(
                    "a prompt that is none of the tasks gives text, which has no places; leave out " + draw.name());
        }
        if (text != null && region != null) {
            throw new ParameterException(
                    spec.commandLine(), "a prompt takes a TEXT or a --region, not both; leave one out");
        }
        FlorenceTask.writtenOut(asked + (text == null ? "" : text)); // complains about a prompt that is not possible
        FlorenceRun run = new FlorenceRun(session, pictures, generation, sidecar, draw);
        String more = text == null ? "" : text;
        return run.runPrompt(asked, picture -> asked + (region == null ? more : region.on(picture)));
    }

    private void checkInput() {
        boolean words = text != null;
        String complaint = null;
        if (task.input() != Input.REGION && region != null) {
            complaint = "takes no --region; leave it out";
        } else if (task.input() == Input.NOTHING && words) {
            complaint = "takes no TEXT; leave it out";
        } else if (task.input() == Input.TEXT && !words) {
            complaint = "needs a TEXT that says what to look for";
        } else if (task.input() == Input.REGION && words == (region != null)) {
            complaint = "needs one region: --region x1,y1,x2,y2 in pixels, or <loc_x1><loc_y1><loc_x2><loc_y2>";
        }
        if (complaint != null) {
            throw new ParameterException(spec.commandLine(), "task " + task.token() + " " + complaint);
        }
    }
}
