// Scaled dot-product attention of every head within every sequence.
//
//   for s in sequences, query i of s, head h:
//     score[j]  = scale * (sum over d of q[row(i), h * head_size + d] * k[row(j), h * head_size + d])   for the keys j that i sees
//     weight[j] = exp(score[j] - max) / sum
//     out[row(i), h * value_size + d] = sum over j of weight[j] * v[row(j), h * value_size + d]
//
// Twin: ReferenceBackend.attention. Scores never go to memory: keys are taken KEYS at a time, with the largest score and the sum so far
// (Milakov and Gimelshein 2018; Dao et al. 2022). HEAD and VALUE are head_size and value_size rounded up to whole vectors.
//
// attention      many queries: a group takes QUERIES of them, an item each; keys and values lie in local memory, read by all at once
// attention_few  few queries (a decoder's newest token): a group takes one, its items share the keys and then put together what they have

#define ARGUMENTS                                                                                                      \
    TENSOR(q), TENSOR(k), TENSOR(v), ARRAY(const int, query_offsets), ARRAY(const int, query_numbers),                 \
            const int queries_mapped, ARRAY(const int, key_offsets), ARRAY(const int, key_numbers),                    \
            const int keys_mapped, ARRAY(const int, tasks), const float scale, const int causal, const int head_size,  \
            const int value_size, RESULT(out)

#define OPEN_ARRAYS                                                                                                    \
    OPEN(const int, query_offsets);                                                                                    \
    OPEN(const int, query_numbers);                                                                                    \
    OPEN(const int, key_offsets);                                                                                      \
    OPEN(const int, key_numbers);                                                                                      \
    OPEN(const int, tasks);

#define QUERY_ROW(position) (queries_mapped ? query_numbers[position] : (position))
#define KEY_ROW(position) (keys_mapped ? key_numbers[position] : (position))

#define HEAD_VECTORS (HEAD / WIDTH)
#define VALUE_VECTORS (VALUE / WIDTH)

// AttentionShape.visibleKeys.
int visible_keys(int causal, int query, int queries, int keys) {
    return causal ? max(0, keys - queries + query + 1) : keys;
}

kernel __attribute__((reqd_work_group_size(QUERIES, 1, 1))) void attention(ARGUMENTS) {
    OPEN_ARRAYS
    local vec keys[KEYS][HEAD_VECTORS];
    local vec values[KEYS][VALUE_VECTORS];
    const int lane = get_local_id(0);
    const int head = get_group_id(1);
    const int segment = tasks[2 * get_group_id(0)];
    const int first_query = tasks[2 * get_group_id(0) + 1];
    const int first_key = key_offsets[segment];
    const int query_count = query_offsets[segment + 1] - query_offsets[segment];
    const int key_count = key_offsets[segment + 1] - first_key;

    const int query = min(first_query + lane, query_count - 1);
    const int query_row = QUERY_ROW(query_offsets[segment] + query);
    const int visible = visible_keys(causal, query, query_count, key_count);
    const int last_query = min(first_query + QUERIES, query_count) - 1;
    const int visible_to_group = visible_keys(causal, last_query, query_count, key_count);

    vec own[HEAD_VECTORS];
    vec sums[VALUE_VECTORS];
    #pragma unroll
    for (int d = 0; d < HEAD_VECTORS; d++) {
        own[d] = load_part(ROW(q, query_row) + head * head_size + d * WIDTH, head_size - d * WIDTH, 0.0f);
    }
    #pragma unroll
    for (int d = 0; d < VALUE_VECTORS; d++) {
        sums[d] = 0.0f;
    }
    float largest = -INFINITY;
    float total = 0.0f;

    for (int from = 0; from < visible_to_group; from += KEYS) {
        const int tile = min(KEYS, visible_to_group - from);
        for (int i = lane; i < tile * HEAD_VECTORS; i += QUERIES) {
            const int d = i % HEAD_VECTORS * WIDTH;
            const int row = KEY_ROW(first_key + from + i / HEAD_VECTORS);
            keys[i / HEAD_VECTORS][i % HEAD_VECTORS] =
                    load_part(ROW(k, row) + head * head_size + d, head_size - d, 0.0f);
        }
        for (int i = lane; i < tile * VALUE_VECTORS; i += QUERIES) {
            const int d = i % VALUE_VECTORS * WIDTH;
            const int row = KEY_ROW(first_key + from + i / VALUE_VECTORS);
            values[i / VALUE_VECTORS][i % VALUE_VECTORS] =
                    load_part(ROW(v, row) + head * value_size + d, value_size - d, 0.0f);
        }
        barrier(CLK_LOCAL_MEM_FENCE);

        const int seen = min(tile, visible - from);
        float scores[KEYS];
        float tile_largest = largest;
        for (int j = 0; j < seen; j++) {
            vec sum = 0.0f;
            #pragma unroll
            for (int d = 0; d < HEAD_VECTORS; d++) {
                sum = fma(own[d], keys[j][d], sum);
            }
            scores[j] = scale * sum_of(sum);
            tile_largest = larger(tile_largest, scores[j]);
        }
        if (seen > 0 && tile_largest != -INFINITY) {
            const float shrink = exp(largest - tile_largest);
            total *= shrink;
            #pragma unroll
            for (int d = 0; d < VALUE_VECTORS; d++) {
                sums[d] *= shrink;
            }
            for (int j = seen; j < KEYS; j++) {
                scores[j] = -INFINITY;
            }
            for (int j = 0; j < KEYS; j += WIDTH) {
                const vec weights = exp(NAME(vload, WIDTH)(0, scores + j) - tile_largest);
                NAME(vstore, WIDTH)(weights, 0, scores + j);
                total += sum_of(weights);
            }
            for (int j = 0; j < seen; j++) {
                const float weight = scores[j];
                #pragma unroll
                for (int d = 0; d < VALUE_VECTORS; d++) {
                    sums[d] = fma((vec)(weight), values[j][d], sums[d]);
                }
            }
            largest = tile_largest;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    if (first_query + lane < query_count) {
        #pragma unroll
        for (int d = 0; d < VALUE_VECTORS; d++) {
            // A query that sees no key has zeros; one whose scores are all minus infinity has 0 / 0.
            const vec result = visible > 0 ? sums[d] / total : (vec)(0.0f);
            store_part(result, ROW(out, query_row) + head * value_size + d * WIDTH, value_size - d * WIDTH);
        }
    }
}

kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void attention_few(ARGUMENTS) {
    OPEN_ARRAYS
    local float all_largest[LANES];
    local float all_totals[LANES];
    local vec all_sums[LANES];
    const int lane = get_local_id(0);
    const int head = get_group_id(1);
    const int segment = tasks[2 * get_group_id(0)];
    const int query = tasks[2 * get_group_id(0) + 1];
    const int first_key = key_offsets[segment];
    const int query_count = query_offsets[segment + 1] - query_offsets[segment];
    const int key_count = key_offsets[segment + 1] - first_key;
    const int query_row = QUERY_ROW(query_offsets[segment] + query);
    const int visible = visible_keys(causal, query, query_count, key_count);

    vec own[HEAD_VECTORS];
    vec sums[VALUE_VECTORS];
    #pragma unroll
    for (int d = 0; d < HEAD_VECTORS; d++) {
        own[d] = load_part(ROW(q, query_row) + head * head_size + d * WIDTH, head_size - d * WIDTH, 0.0f);
    }
    #pragma unroll
    for (int d = 0; d < VALUE_VECTORS; d++) {
        sums[d] = 0.0f;
    }
    float largest = -INFINITY;
    float total = 0.0f;
    for (int j = lane; j < visible; j += LANES) {
        const int row = KEY_ROW(first_key + j);
        vec products = 0.0f;
        #pragma unroll
        for (int d = 0; d < HEAD_VECTORS; d++) {
            const int from = d * WIDTH;
            products = fma(own[d], load_part(ROW(k, row) + head * head_size + from, head_size - from, 0.0f), products);
        }
        const float score = scale * sum_of(products);
        const float now_largest = larger(largest, score);
        // Minus infinity must not be subtracted from itself.
        const float shrink = now_largest != -INFINITY ? exp(largest - now_largest) : 1.0f;
        const float weight = now_largest != -INFINITY ? exp(score - now_largest) : 0.0f;
        total = fma(total, shrink, weight);
        #pragma unroll
        for (int d = 0; d < VALUE_VECTORS; d++) {
            const int from = d * WIDTH;
            const vec value = load_part(ROW(v, row) + head * value_size + from, value_size - from, 0.0f);
            sums[d] = fma((vec)(weight), value, sums[d] * shrink);
        }
        largest = now_largest;
    }

    all_largest[lane] = largest;
    barrier(CLK_LOCAL_MEM_FENCE);
    float group_largest = -INFINITY;
    for (int l = 0; l < LANES; l++) {
        group_largest = larger(group_largest, all_largest[l]);
    }
    const float shrink = group_largest != -INFINITY ? exp(largest - group_largest) : 1.0f;
    all_totals[lane] = total * shrink;
    barrier(CLK_LOCAL_MEM_FENCE);
    float group_total = 0.0f;
    for (int l = 0; l < LANES; l++) {
        group_total += all_totals[l];
    }
    for (int d = 0; d < VALUE_VECTORS; d++) {
        all_sums[lane] = sums[d] * shrink;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane == 0) {
            vec sum = 0.0f;
            for (int l = 0; l < LANES; l++) {
                sum += all_sums[l];
            }
            const vec result = visible > 0 ? sum / group_total : (vec)(0.0f);
            store_part(result, ROW(out, query_row) + head * value_size + d * WIDTH, value_size - d * WIDTH);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
