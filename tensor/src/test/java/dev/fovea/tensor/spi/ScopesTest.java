package dev.fovea.tensor.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fovea.tensor.Owner;
import dev.fovea.tensor.Storage;
import dev.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScopesTest {

    private final List<Storage> back = new ArrayList<>();
    private final Scopes<HostStorage> scopes = new Scopes<>(back::add);

    private Tensor made() {
        HostStorage storage = scopes.register(HostStorage.allocate(new Owner("test"), 16));
        return storage.tensor(4, 4);
    }

    @Test
    void whatIsNotReturnedGoesBack() {
        Tensor[] inside = new Tensor[2];
        Tensor kept = scopes.run(() -> {
            inside[0] = made();
            inside[1] = made();
            return inside[1];
        });
        assertEquals(List.of(inside[0].storage()), back);
        assertSame(inside[1], kept);
    }

    @Test
    void whatIsReturnedBelongsToTheScopeAround() {
        Tensor[] inner = new Tensor[1];
        scopes.run(() -> {
            inner[0] = scopes.run(() -> scopes.run(this::made));
            assertEquals(List.of(), back);
            return null;
        });
        assertEquals(List.of(inner[0].storage()), back);
    }

    @Test
    void viewsAndListsKeepTheirStorage() {
        List<Tensor> kept = scopes.run(() -> {
            Tensor a = made();
            Tensor b = made();
            made();
            return List.of(a.columns(1, 2), b.rows(2, 3), a.rows(0, 1));
        });
        assertEquals(1, back.size());
        assertEquals(false, back.contains(kept.get(0).storage()));
        assertEquals(false, back.contains(kept.get(1).storage()));
    }

    @Test
    void storagesGoBackOnce() {
        scopes.run(() -> {
            Tensor outer = made();
            Tensor same = scopes.run(() -> outer);
            scopes.run(() -> {
                scopes.release(outer.storage()); // belongs to the scope around: stays
                return null;
            });
            assertEquals(List.of(), back);
            scopes.release(same.storage());
            assertEquals(1, back.size());
            scopes.release(same.storage());
            return same;
        });
        assertEquals(1, back.size());
    }

    @Test
    void aFailureGivesBackAndRestoresTheScopeAround() {
        scopes.run(() -> {
            made();
            assertThrows(
                    IllegalStateException.class,
                    () -> scopes.run(() -> {
                        made();
                        made();
                        throw new IllegalStateException();
                    }));
            assertEquals(2, back.size());
            made();
            return null;
        });
        assertEquals(4, back.size());
    }

    @Test
    void outsideAnyScopeNothingGoesBack() {
        Tensor tensor = made();
        scopes.release(tensor.storage());
        Tensor returned = scopes.run(this::made);
        scopes.release(returned.storage());
        assertEquals(List.of(), back);
    }

    @Test
    void threadsHaveTheirOwnScopes() throws InterruptedException {
        scopes.run(() -> {
            Thread other = new Thread(this::made);
            other.start();
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return null;
        });
        assertEquals(List.of(), back);
    }
}
