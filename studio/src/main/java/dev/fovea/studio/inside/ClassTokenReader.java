package dev.fovea.studio.inside;

/**
 * Reads a class token: the last layer, of which it is the only query, then norm and projection.
 *
 * <pre>
 * x1 = x + a,  x2 = x1 + MLP(x1),  u = P LN(x2) + p
 * </pre>
 *
 * <p>CLIP's projection has no bias p; that of timm's towers has one.
 */
final class ClassTokenReader extends EmbeddingReader {

    private final TowerPass pass;
    private final ClipInside inside;
    private final int last;

    ClassTokenReader(PicturePass picture) {
        pass = picture.tower();
        inside = picture.inside();
        last = pass.layers() - 1;
    }

    @Override
    int heads() {
        return pass.heads();
    }

    @Override
    int width() {
        return pass.hiddenSize();
    }

    @Override
    float[] attention(int head) {
        return pass.attention(last, head, pass.pooledToken());
    }

    @Override
    double[] query() {
        return pass.query(last, pass.pooledToken());
    }

    @Override
    double[] key(int token) {
        return pass.key(last, token);
    }

    @Override
    double[] value(int token) {
        return pass.value(last, token);
    }

    @Override
    float[] outWeight() {
        return inside.lastOut(".weight");
    }

    @Override
    float[] outBias() {
        return inside.lastOut(".bias");
    }

    @Override
    double[] embeddingOf(double[] attended) {
        double[] u =
                LinearAlgebra.multiply(inside.projection(), inside.postNorm().apply(attended));
        LinearAlgebra.add(u, inside.projectionBias());
        return u;
    }

    @Override
    double[] output() {
        return embeddingOf(x2());
    }

    private double[] x2() {
        return Readout.slice(pass.state(pass.layers(), pass.pooledToken()));
    }

    @Override
    double[] backward(double[] du) {
        double[] dx2 = inside.postNorm().backward(x2(), LinearAlgebra.multiplyTransposed(inside.projection(), du));
        return inside.layerMlp(last).backward(Readout.slice(pass.attended(last)), dx2);
    }
}
