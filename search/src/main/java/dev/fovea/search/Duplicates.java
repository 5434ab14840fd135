package dev.fovea.search;

import dev.fovea.models.Vectors;
import dev.fovea.search.store.ContentKey;
import dev.fovea.search.store.LeafPhotos;
import dev.fovea.search.store.SimilarPairs;
import dev.fovea.tensor.Backend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;

/**
 * Groups pictures that look alike. Files of the same content are one to begin with; of the others each two whose cosine
 * is at least the threshold come into one group (single link), found by comparing all with all.
 */
final class Duplicates {

    private static final Comparator<Photo> BEST_FIRST = Comparator.comparingLong(Photo::pixels)
            .thenComparingLong(Photo::size)
            .reversed()
            .thenComparing(Photo::path);

    private final IndexSearcher searcher;
    private final List<Photo> photos = new ArrayList<>();

    private record Photo(int document, String path, ContentKey hash, long pixels, long size) {}

    private Duplicates(IndexSearcher searcher) {
        this.searcher = searcher;
    }

    /** Returns the groups, the largest first. */
    static List<DuplicateGroup> find(IndexSearcher searcher, Backend backend, int dimension, float threshold)
            throws IOException {
        Duplicates duplicates = new Duplicates(searcher);
        duplicates.read();
        return duplicates.groups(backend, dimension, threshold);
    }

    private void read() throws IOException {
        LeafPhotos.forEach(
                searcher.getIndexReader(),
                (segment, fields, document) -> photos.add(new Photo(
                        segment.docBase + document,
                        fields.path(document),
                        fields.hash(document),
                        fields.pixels(document),
                        fields.size(document))));
    }

    private List<DuplicateGroup> groups(Backend backend, int dimension, float threshold) throws IOException {
        int[] parent = new int[photos.size()];
        List<Integer> different = new ArrayList<>(); // the first of each content
        Map<ContentKey, Integer> byContent = new HashMap<>();
        for (int i = 0; i < parent.length; i++) {
            Integer first = byContent.putIfAbsent(photos.get(i).hash, i);
            parent[i] = first == null ? i : first;
            if (first == null) {
                different.add(i);
            }
        }
        int[] documents =
                different.stream().mapToInt(i -> photos.get(i).document).toArray();
        new SimilarPairs(searcher, backend, documents)
                .find(dimension, threshold, (a, b) -> join(parent, different.get(a), different.get(b)));
        Map<Integer, List<Photo>> members = new TreeMap<>();
        for (int i = 0; i < parent.length; i++) {
            members.computeIfAbsent(root(parent, i), root -> new ArrayList<>()).add(photos.get(i));
        }
        List<DuplicateGroup> groups = new ArrayList<>();
        for (List<Photo> group : members.values()) {
            if (group.size() > 1) {
                groups.add(group(group));
            }
        }
        groups.sort(Comparator.comparingInt(
                        (DuplicateGroup group) -> group.pictures().size())
                .reversed()
                .thenComparing(group -> group.pictures().getFirst().file()));
        return groups;
    }

    private static int root(int[] parent, int i) {
        while (parent[i] != i) {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        return i;
    }

    private static void join(int[] parent, int a, int b) {
        parent[root(parent, b)] = root(parent, a);
    }

    private DuplicateGroup group(List<Photo> members) throws IOException {
        members.sort(BEST_FIRST);
        Map<ContentKey, List<Photo>> copies = new LinkedHashMap<>();
        members.forEach(photo ->
                copies.computeIfAbsent(photo.hash, hash -> new ArrayList<>()).add(photo));
        float[] first = vector(members.getFirst());
        List<DuplicateGroup.Duplicate> pictures = new ArrayList<>();
        for (List<Photo> same : copies.values()) {
            float similarity = Vectors.cosine(first, vector(same.getFirst()));
            for (Photo photo : same) {
                pictures.add(new DuplicateGroup.Duplicate(Path.of(photo.path), similarity, photo != same.getFirst()));
            }
        }
        return new DuplicateGroup(pictures);
    }

    private float[] vector(Photo photo) throws IOException {
        for (LeafReaderContext context : searcher.getIndexReader().leaves()) {
            int document = photo.document - context.docBase;
            if (document >= 0 && document < context.reader().maxDoc()) {
                return new LeafPhotos(context.reader()).vector(document);
            }
        }
        throw new IllegalArgumentException("no document " + photo.document);
    }
}
