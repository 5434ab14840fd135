package dev.fovea.service.mcp;

import dev.fovea.service.compute.Deadline;

/**
 * What a call of a tool has besides its arguments.
 *
 * @param folders whose files it may read
 * @param deadline after which the client is told that it took too long
 * @param progress hears of the progress of long work
 */
record ToolCall(AllowedFolders folders, Deadline deadline, Progress progress) {

    /** Hears how far a call is. */
    @FunctionalInterface
    interface Progress {
        void report(int done, int total, String message);
    }
}
