package dev.fovea.models;

/** Hears how far a download is; called by the thread that downloads. */
public interface DownloadProgress {

    /** Tells nobody. */
    DownloadProgress NONE = new DownloadProgress() {};

    /** Says how many bytes will be there in the end, those that are there already included. */
    default void total(long bytes) {}

    /** Says how many more bytes are there; a negative number, if some came wrong and are fetched again. */
    default void advanced(long bytes) {}

    /** Says that another process is fetching a file, which is waited for. */
    default void waiting(String path) {}

    /** Says something that the user should know, in one line; the download goes on. */
    default void notice(String line) {}
}
