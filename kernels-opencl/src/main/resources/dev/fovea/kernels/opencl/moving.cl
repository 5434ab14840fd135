// Rows from one place to another; an item takes WIDTH columns of a row.
//
//   gather      out[r, c] = x[numbers[r], c]
//   scatter     out[numbers[r], c] = x[r, c]
//   copy        out[r, c] = x[r, c]
//   embed_*     out[r, c] = table[numbers[r], c], widened to f32
//   mean_rows   out[s, c] = mean of x[row(p), c] over the positions p of sequence s; zero for an empty one
//
// Twins: gatherRows, writeRows, concatRows, embedding, meanRows of ReferenceBackend.

kernel void gather(TENSOR(x), ARRAY(const int, numbers), const int rows, const int columns, RESULT(out)) {
    OPEN(const int, numbers);
    ITEM(row, c, rows, columns)
    store_part(load_part(ROW(x, numbers[row]) + c, rest, 0.0f), ROW(out, row) + c, rest);
}

kernel void scatter(TENSOR(x), ARRAY(const int, numbers), const int rows, const int columns, RESULT(out)) {
    OPEN(const int, numbers);
    ITEM(row, c, rows, columns)
    store_part(load_part(ROW(x, row) + c, rest, 0.0f), ROW(out, numbers[row]) + c, rest);
}

kernel void copy(TENSOR(x), const int rows, const int columns, RESULT(out)) {
    ITEM(row, c, rows, columns)
    store_part(load_part(ROW(x, row) + c, rest, 0.0f), ROW(out, row) + c, rest);
}

#define EMBED(name, STORED, WIDENED)                                                                                   \
    kernel void name(                                                                                                  \
            ARRAY(const STORED, table), ARRAY(const int, numbers), const int rows, const int columns, RESULT(out)) {   \
        OPEN(const STORED, table);                                                                                     \
        OPEN(const int, numbers);                                                                                      \
        const long row = get_global_id(0) / columns;                                                                   \
        const int c = get_global_id(0) % columns;                                                                      \
        if (row < rows) {                                                                                              \
            const ulong place = (ulong)numbers[row] * columns + c;                                                     \
            ROW(out, row)[c] = WIDENED;                                                                                \
        }                                                                                                              \
    }

EMBED(embed_f32, float, table[place])
EMBED(embed_f16, half, vload_half(place, table))
EMBED(embed_bf16, ushort, as_float((uint)table[place] << 16))

kernel void mean_rows(
        TENSOR(x),
        ARRAY(const int, offsets),
        ARRAY(const int, numbers),
        const int mapped,
        const int segments,
        const int columns,
        RESULT(out)) {
    OPEN(const int, offsets);
    OPEN(const int, numbers);
    ITEM(segment, c, segments, columns)
    const int from = offsets[segment];
    const int to = offsets[segment + 1];
    vec sum = 0.0f;
    for (int position = from; position < to; position++) {
        sum += load_part(ROW(x, mapped ? numbers[position] : position) + c, rest, 0.0f);
    }
    store_part(sum / (float)max(1, to - from), ROW(out, segment) + c, rest);
}
