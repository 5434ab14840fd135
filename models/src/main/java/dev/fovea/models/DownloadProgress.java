package dev.fovea.models;

/** Receives the progress of a download; called by the thread that downloads. */
public interface DownloadProgress {

    /** Ignores all progress. */
    DownloadProgress NONE = new DownloadProgress() {};

    /** Reports the total size of the download in bytes, including what is in the cache already. */
    default void total(long bytes) {}

    /** Reports that some more bytes have arrived. The count is negative if bytes came wrong and are fetched again. */
    default void advanced(long bytes) {}

    /** Reports that another process is downloading a file, and that this one waits for it. */
    default void waiting(String path) {}

    /** Reports something that the user should know, in one line; the download continues. */
    default void notice(String line) {}
}
