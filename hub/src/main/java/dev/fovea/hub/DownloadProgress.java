package dev.fovea.hub;

/** Hears how far a download is; called by the thread that downloads. */
public interface DownloadProgress {

    /** Tells nobody. */
    DownloadProgress NONE = new DownloadProgress() {};

    /** So many bytes are to be there in the end, those that are there already included. */
    default void total(long bytes) {}

    /** So many more of them are there; fewer, if some came wrong and are fetched again. */
    default void advanced(long bytes) {}

    /** Another process is fetching this file; it is waited for. */
    default void waiting(String path) {}

    /** Something that the user should know, in one line; the download goes on. */
    default void notice(String line) {}
}
