package dev.fovea.service.http;

import com.sun.net.httpserver.HttpsConfigurator;
import dev.fovea.tensor.FoveaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.util.Arrays;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Reads the key and the certificates with which a service proves who it is (TLS). */
public final class ServiceKeyStore {

    private ServiceKeyStore() {}

    /**
     * Reads a key store.
     *
     * @param file PKCS#12 or JKS
     * @param passwordFile whose first line is the password of the store and of its key
     * @throws FoveaException if there is no such store, the password is wrong, or there is no key in it
     */
    public static HttpsConfigurator read(Path file, Path passwordFile) {
        char[] password = password(passwordFile);
        try {
            KeyStore store = KeyStore.getInstance(file.toFile(), password);
            requireKey(file, store);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return new HttpsConfigurator(context);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new FoveaException(
                    file + ": the key store cannot be opened (" + e.getMessage() + "); expected PKCS#12 or JKS whose"
                            + " password, and that of its key, is the first line of " + passwordFile,
                    e);
        } finally {
            Arrays.fill(password, '\0');
        }
    }

    private static char[] password(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("")
                    .toCharArray();
        } catch (IOException unreadable) {
            throw new FoveaException(
                    file + ": the file of the password cannot be read ("
                            + unreadable.getClass().getSimpleName() + "); expected a text file with it on its first"
                            + " line",
                    unreadable);
        }
    }

    private static void requireKey(Path file, KeyStore store) throws KeyStoreException {
        for (String name : Collections.list(store.aliases())) {
            if (store.isKeyEntry(name)) {
                return;
            }
        }
        throw new FoveaException(
                file + ": the key store has no private key; put the key of the certificate into it, as openssl pkcs12"
                        + " -export does");
    }
}
