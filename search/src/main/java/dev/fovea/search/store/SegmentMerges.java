package dev.fovea.search.store;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.lucene.index.FilterMergePolicy;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;

/**
 * Says which segments Lucene puts together: small ones by the way, so that there are never many, and all of them when
 * that is asked for. Large ones stay as they are in between, since putting a few pictures to a million others takes
 * minutes.
 */
final class SegmentMerges extends FilterMergePolicy {

    /** Pictures from which a segment is large. */
    static final int LARGE = 20_000;

    SegmentMerges() {
        super(new TieredMergePolicy());
    }

    @Override
    public MergeSpecification findMerges(MergeTrigger trigger, SegmentInfos segments, MergeContext context)
            throws IOException {
        return super.findMerges(trigger, small(segments), context);
    }

    @Override
    public MergeSpecification findFullFlushMerges(MergeTrigger trigger, SegmentInfos segments, MergeContext context)
            throws IOException {
        return super.findFullFlushMerges(trigger, small(segments), context);
    }

    private static SegmentInfos small(SegmentInfos segments) {
        SegmentInfos small = new SegmentInfos(segments.getIndexCreatedVersionMajor());
        for (SegmentCommitInfo segment : segments) {
            if (segment.info.maxDoc() < LARGE) {
                small.add(segment);
            }
        }
        return small;
    }

    /** Puts all segments together, a single one as well: it may be without a graph. */
    @Override
    public MergeSpecification findForcedMerges(
            SegmentInfos segments, int most, Map<SegmentCommitInfo, Boolean> original, MergeContext context) {
        List<SegmentCommitInfo> all = StreamSupport.stream(segments.spliterator(), false)
                .filter(segment -> Boolean.TRUE.equals(original.get(segment)))
                .toList();
        if (all.isEmpty()) {
            return null; // what was put together has come out
        }
        MergeSpecification merges = new MergeSpecification();
        merges.add(new MergePolicy.OneMerge(all));
        return merges;
    }
}
