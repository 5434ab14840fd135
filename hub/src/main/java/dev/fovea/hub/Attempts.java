package dev.fovea.hub;

import dev.fovea.tensor.CancelledException;
import dev.fovea.tensor.FoveaException;
import dev.fovea.tensor.ModelException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;

/** Counts the failures in a row, and waits before the next attempt. */
final class Attempts {

    private final HubClient client;
    private final String what;
    private int failures;

    /**
     * Starts with no attempt made.
     *
     * @param what is fetched, for the error
     */
    Attempts(HubClient client, String what) {
        this.client = client;
        this.what = what;
    }

    /** Notes that something came, so that the next failure counts as the first again. */
    void progressed() {
        failures = 0;
    }

    /**
     * Notes that an attempt failed, and waits before the next one.
     *
     * @throws FoveaException if there is no use in another one
     */
    void failed(IOException e) {
        failures++;
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException(e);
        }
        boolean hopeless = !client.hasAnswered() && (e instanceof ConnectException || e instanceof SSLException);
        if (hopeless) {
            String proxy = client.proxyVariable();
            throw new ModelException(
                    what + ": " + client.endpoint() + " cannot be reached"
                            + (proxy == null ? "" : " through the proxy that " + proxy + " names") + " (" + reason(e)
                            + "); check the network, " + (proxy == null ? "" : proxy + ", ")
                            + "the hub's address, or use Hub.offline()",
                    e);
        }
        if (failures >= client.patience().attempts()) {
            throw new ModelException(
                    what + ": failed " + failures + " times in a row (" + reason(e)
                            + "); run the same command later, it goes on where this one stopped",
                    e);
        }
        try {
            Thread.sleep(client.patience().wait(failures, e instanceof TryAgainException asked ? asked.seconds() : -1));
        } catch (InterruptedException interrupted) {
            throw new CancelledException(interrupted);
        }
    }

    private static String reason(IOException e) {
        if (e.getCause() instanceof UnresolvedAddressException
                || (e.getCause() != null && e.getCause().getCause() instanceof UnresolvedAddressException)) {
            return "unknown host";
        }
        if (e instanceof HttpConnectTimeoutException || e instanceof HttpTimeoutException) {
            return "no answer in time";
        }
        if (e instanceof ConnectException && e.getMessage() == null) {
            return "connection refused";
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
