package dev.fovea.hub;

import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a model repository on a hub, {@code owner/name} or {@code owner/name@revision}. The rule of huggingface_hub's
 * {@code utils/_validators.py} says which names are allowed, since names become folders.
 *
 * @param owner a user or an organisation
 * @param name of the repository
 * @param revision a branch, a tag, {@code refs/pr/1} or a commit
 */
public record ModelName(String owner, String name, String revision) {

    /** Checks that nothing is missing; whether the names are allowed is checked by {@link #of}. */
    public ModelName {
        Objects.requireNonNull(owner, "owner is null");
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(revision, "revision is null");
    }

    /** The branch that is meant when no revision is named. */
    static final String MAIN = "main";

    private static final Pattern WRITTEN =
            Pattern.compile("([A-Za-z0-9_][A-Za-z0-9_.-]{0,95})/([A-Za-z0-9_][A-Za-z0-9_.-]{0,95})(?:@(.{1,250}))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** Parses a name, if the text can be the name of a repository; else returns empty. */
    public static Optional<ModelName> find(String text) {
        Matcher parts = WRITTEN.matcher(Objects.requireNonNull(text, "text is null"));
        if (!parts.matches()) {
            return Optional.empty();
        }
        String revision = parts.group(3) == null ? MAIN : parts.group(3);
        boolean usable = isUsable(parts.group(1)) && isUsable(parts.group(2)) && SafePath.isSafe(revision);
        return usable ? Optional.of(new ModelName(parts.group(1), parts.group(2), revision)) : Optional.empty();
    }

    /**
     * Parses a name.
     *
     * @throws FoveaException if the text cannot be the name of a repository
     */
    public static ModelName of(String text) {
        return find(text)
                .orElseThrow(() -> new ModelException(text
                        + ": no name of a model on a hub; write owner/name, as in openai/clip-vit-base-patch32, or"
                        + " owner/name@revision"));
    }

    private static boolean isUsable(String part) {
        return !part.contains("--")
                && !part.contains("..")
                && !part.endsWith(".")
                && !part.endsWith("-")
                && !part.endsWith(".git");
    }

    /** Returns whether a text is a commit's whole hash. */
    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Returns {@code owner/name}, without the revision. */
    String repository() {
        return owner + "/" + name;
    }

    /**
     * Returns the name as it is written: {@code owner/name}, and {@code @revision} unless that is the default branch.
     */
    @Override
    public String toString() {
        return revision.equals(MAIN) ? repository() : repository() + "@" + revision;
    }
}
