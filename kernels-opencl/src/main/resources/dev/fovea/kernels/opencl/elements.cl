// Element by element; an item takes WIDTH columns of a row.
//
//   activate    out[r, c] = activation(x[r, c])
//   add         out[r, c] = a[r, c] + b[r mod rows of b, c, or 0 if b has one column]
//   multiply    out[r, c] = a[r, c] * b[r mod rows of b, c, or 0 if b has one column]
//
// Twins: activate, add, multiply of ReferenceBackend.

kernel void activate(TENSOR(x), const int kind, const int rows, const int columns, RESULT(out)) {
    ITEM(row, c, rows, columns)
    store_part(activation(kind, load_part(ROW(x, row) + c, rest, 0.0f)), ROW(out, row) + c, rest);
}

#define REPEATED                                                                                                       \
    (b_columns == columns ? load_part(ROW(b, row % b_rows) + c, rest, 0.0f) : (vec)(*ROW(b, row % b_rows)))

kernel void add(
        TENSOR(a), TENSOR(b), const int b_rows, const int b_columns, const int rows, const int columns, RESULT(out)) {
    ITEM(row, c, rows, columns)
    store_part(load_part(ROW(a, row) + c, rest, 0.0f) + REPEATED, ROW(out, row) + c, rest);
}

kernel void multiply(
        TENSOR(a), TENSOR(b), const int b_rows, const int b_columns, const int rows, const int columns, RESULT(out)) {
    ITEM(row, c, rows, columns)
    store_part(load_part(ROW(a, row) + c, rest, 0.0f) * REPEATED, ROW(out, row) + c, rest);
}
