// Matrices in the layout that product.cl reads: by inputs, columns padded with zeros (the host clears the target first).
//
//   transpose:  for o in rows, i in columns:  out[i, first + o] = x[o, i]
//
// ELEMENT is as many bits as an element has; what they mean does not matter here. A group moves a square of SIDE x SIDE through
// local memory, so that it reads and writes whole lines.

#define SIDE 16

kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1))) void transpose(
        const global ELEMENT *x,
        const ulong x_offset,
        const ulong x_stride,
        const int rows,
        const int columns,
        global ELEMENT *out,
        const ulong first,
        const int padded) {
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
        out[(ulong)(i + down) * padded + first + o + across] = square[across][down];
    }
}
