// Matrices in the layout that product.cl reads: panels of PANEL columns, filled up with zeros (the host clears the target first).
//
//   panels:     for i in rows, n in columns:  out[n / PANEL, i, n mod PANEL] = x[i, n]
//   transpose:  for o in rows, i in columns:  out[n / PANEL, i, n mod PANEL] = x[o, i]   with n = first + o
//
// ELEMENT is as many bits as an element has; what they mean does not matter here. A group of `transpose` moves a square of SIDE x SIDE
// through local memory, so that it reads and writes whole lines.

#define SIDE 16

// Place of row i and column n in panels of `rows` rows.
#define PLACE(rows, i, n) (((ulong)((n) / PANEL) * (rows) + (i)) * PANEL + (n) % PANEL)

kernel void panels(TENSOR(x), const int rows, const int columns, ARRAY(float, out)) {
    OPEN(float, out);
    const long i = get_global_id(0) / columns;
    const int n = get_global_id(0) % columns;
    if (i < rows) {
        out[PLACE(rows, i, n)] = ROW(x, i)[n];
    }
}

kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1))) void transpose(
        ARRAY(const ELEMENT, x),
        const ulong x_offset,
        const ulong x_stride,
        const int rows,
        const int columns,
        ARRAY(ELEMENT, out),
        const int first) {
    OPEN(const ELEMENT, x);
    OPEN(ELEMENT, out);
    local ELEMENT square[SIDE][SIDE + 1];
    const int i = get_group_id(0) * SIDE;
    const int o = get_group_id(1) * SIDE;
    const int across = get_local_id(0);
    const int down = get_local_id(1);
    if (o + down < rows && i + across < columns) {
        square[down][across] = x[x_offset + (ulong)(o + down) * x_stride + i + across];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (i + down < columns && o + across < rows) {
        out[PLACE(columns, i + down, first + o + across)] = square[across][down];
    }
}
