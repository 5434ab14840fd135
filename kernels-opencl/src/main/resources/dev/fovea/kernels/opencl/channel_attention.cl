// Attention among the channels of a group, within every sequence (Ding et al. 2022, section 3.3).
//
//   for s in sequences, group g, channels i and j of g:
//     score[i, j]  = rows^-0.5 * (sum over the rows r of s of q[r, i] * k[r, j])
//     weight[i, j] = exp(score[i, j] - max over j) / sum over j
//     out[r, i]    = sum over j of weight[i, j] * v[r, j]
//
// Twin: ReferenceBackend.channelAttention. Three steps, since the first is a sum over rows and the last goes along them:
//
// channel_scores   a partial score for every CHUNK rows; a work item has row i and WIDTH columns j
// channel_weights  adds the chunks in their order, then softmax; weights lie as [j, i]
// channel_values   an item has a row and WIDTH channels i

kernel void channel_scores(
        TENSOR(q),
        TENSOR(k),
        ARRAY(const int, tasks),
        const int count,
        const int groups,
        const int size,
        ARRAY(float, scores)) {
    OPEN(const int, tasks);
    OPEN(float, scores);
    const int vectors = (size + WIDTH - 1) / WIDTH;
    const long place = get_global_id(0) / vectors; // [task, group, i]
    const int j = get_global_id(0) % vectors * WIDTH;
    const int i = place % size;
    const int group = place / size % groups;
    const long task = place / size / groups;
    if (task >= count) {
        return;
    }
    const int from = tasks[2 * task];
    const int to = tasks[2 * task + 1];
    vec sum = 0.0f;
    for (int row = from; row < to; row++) {
        const vec key = load_part(ROW(k, row) + group * size + j, size - j, 0.0f);
        sum = fma((vec)(ROW(q, row)[group * size + i]), key, sum);
    }
    store_part(sum, scores + place * size + j, size - j);
}

kernel void channel_weights(
        ARRAY(const float, scores),
        ARRAY(const int, chunks),
        ARRAY(const int, offsets),
        const int segments,
        const int groups,
        const int size,
        ARRAY(float, row_scores),
        ARRAY(float, weights)) {
    OPEN(const float, scores);
    OPEN(const int, chunks);
    OPEN(const int, offsets);
    OPEN(float, row_scores);
    OPEN(float, weights);
    const long place = get_global_id(0); // [segment, group, i]
    const int i = place % size;
    const int group = place / size % groups;
    const long segment = place / size / groups;
    if (segment >= segments) {
        return;
    }
    const float scale = 1.0f / sqrt((float)(offsets[segment + 1] - offsets[segment]));
    global float *own = row_scores + place * size;
    float largest = -INFINITY;
    for (int j = 0; j < size; j++) {
        float score = 0.0f;
        for (int chunk = chunks[segment]; chunk < chunks[segment + 1]; chunk++) {
            score += scores[(((ulong)chunk * groups + group) * size + i) * size + j];
        }
        own[j] = score * scale;
        largest = larger(largest, own[j]);
    }
    float total = 0.0f;
    for (int j = 0; j < size; j++) {
        own[j] = exp(own[j] - largest);
        total += own[j];
    }
    for (int j = 0; j < size; j++) {
        weights[((segment * groups + group) * size + j) * size + i] = own[j] / total;
    }
}

kernel void channel_values(
        TENSOR(v),
        ARRAY(const float, weights),
        ARRAY(const int, segment_of_row),
        const int rows,
        const int groups,
        const int size,
        RESULT(out)) {
    OPEN(const float, weights);
    OPEN(const int, segment_of_row);
    const int vectors = (size + WIDTH - 1) / WIDTH;
    const int i = get_global_id(0) % vectors * WIDTH;
    const int group = get_global_id(0) / vectors % groups;
    const long row = get_global_id(0) / vectors / groups;
    if (row >= rows) {
        return;
    }
    const global float *matrix = weights + ((ulong)segment_of_row[row] * groups + group) * size * size;
    vec sum = 0.0f;
    for (int j = 0; j < size; j++) {
        sum = fma((vec)(ROW(v, row)[group * size + j]), load_part(matrix + j * size + i, size - i, 0.0f), sum);
    }
    store_part(sum, ROW(out, row) + group * size + i, size - i);
}
