// A linear layer with all that is fused into it.
//
//   for m in rows, n in columns:
//     out[m, n] = activation(sum over k of left(m, k) * weight[k, n] + bias[n]) + residual[m, n]
//              or activation(the same sum + bias[n] + residual[m, n]), a shortcut around a convolution
//   left(m, k) = x[m, k], or with NORM (x[m, k] - mean[m]) * scale[m] * gamma[k] + beta[k]
//
// Twin: ReferenceBackend.linear. Every sum runs over k from first to last, one fma after the other, whatever the tile:
// a row has the same bits alone and in a batch.
//
// An item computes ROWS x VECTORS * WIDTH outputs in registers, a group ITEMS_Y x ITEMS_X times as many. Weights are in
// panels of PANEL columns, [n / PANEL, k, n mod PANEL], the last one filled up with zeros, so that an item and its
// neighbours read lines end to end; as F32, F16 or BF16, or as I8 with a scale for every GROUP inputs, in panels too.
//
// STAGED 0  every item reads x and the weights from memory: few rows, or a processor whose caches do the rest
// STAGED 1  the group copies DEPTH inputs of its rows and columns to local memory, widened and normed, while the next
//           DEPTH are on their way from memory to registers

#if defined(WEIGHT_F32)
#define STORED float
#define WIDENED(p) load(p)
#elif defined(WEIGHT_F16)
#define STORED half
#define WIDENED(p) NAME(vload_half, WIDTH)(0, p)
#elif defined(WEIGHT_BF16)
#define STORED ushort
#define WIDENED(p) NAME(as_float, WIDTH)(NAME(convert_uint, WIDTH)(NAME(vload, WIDTH)(0, p)) << 16)
#elif defined(WEIGHT_I8)
#define STORED char
#define WIDENED(p) NAME(NAME(convert_float, WIDTH), )(NAME(vload, WIDTH)(0, p))
#endif

// Where column n of the first row is, of a matrix in panels with the given rows.
#define COLUMN(rows, n) ((ulong)((n) / PANEL) * (rows) * PANEL + (n) % PANEL)

// Row k of a column.
#ifdef WEIGHT_I8
#define GROUPS ((inputs + GROUP - 1) / GROUP)
#define WEIGHT(k, n)                                                                                                   \
    (WIDENED(weights + COLUMN(inputs, n) + (ulong)(k) * PANEL)                                                         \
     * load(scales + COLUMN(GROUPS, n) + (ulong)((k) / GROUP) * PANEL))
#else
#define WEIGHT(k, n) WIDENED(weights + COLUMN(inputs, n) + (ulong)(k) * PANEL)
#endif

// Bits of `parts`: what there is besides the product and the norm.
#define HAS_BIAS 1
#define HAS_RESIDUAL 2
#define HAS_SHORTCUT 4

#define ARGUMENTS                                                                                                      \
    TENSOR(x), ARRAY(const STORED, weights), ARRAY(const float, scales), const int padded, const int rows,             \
            const int inputs, const int columns, const int parts, ARRAY(const float, bias),                            \
            ARRAY(const float2, statistics), TENSOR(gamma), TENSOR(beta), const int kind, TENSOR(residual), RESULT(out)

#define OPEN_ARRAYS                                                                                                    \
    OPEN(const STORED, weights);                                                                                       \
    OPEN(const float, scales);                                                                                         \
    OPEN(const float, bias);                                                                                           \
    OPEN(const float2, statistics);

// Groups below each other follow one another: they read the same weights.
#define GROUP_X get_group_id(1)
#define GROUP_Y get_group_id(0)

#define PRODUCT kernel __attribute__((reqd_work_group_size(ITEMS_X, ITEMS_Y, 1))) void

#if NORM
#define LEFT(p, row, k) fma(((p)[k] - statistics[row].x) * statistics[row].y, ROW(gamma, 0)[k], ROW(beta, 0)[k])
#else
#define LEFT(p, row, k) (p)[k]
#endif

// What comes after the sums. They are in an array of their own, so that this is code once and not for each of them, and
// the registers of the sums stay registers.
#define FINISH(done, row_of, column_of)                                                                                \
    _Pragma("unroll 1") for (int i = 0; i < ROWS * VECTORS; i++) {                                                     \
        const int m = row_of(i / VECTORS);                                                                             \
        const int n = column_of(i % VECTORS);                                                                          \
        if (m >= rows || n >= columns) {                                                                               \
            continue;                                                                                                  \
        }                                                                                                              \
        vec y = done[i];                                                                                               \
        if (parts & HAS_BIAS) {                                                                                        \
            y += load(bias + n);                                                                                       \
        }                                                                                                              \
        if (parts & HAS_SHORTCUT) {                                                                                    \
            y += load_part(ROW(residual, m) + n, columns - n, 0.0f);                                                   \
        }                                                                                                              \
        y = activation(kind, y);                                                                                       \
        if (parts & HAS_RESIDUAL) {                                                                                    \
            y += load_part(ROW(residual, m) + n, columns - n, 0.0f);                                                   \
        }                                                                                                              \
        store_part(y, ROW(out, m) + n, columns - n);                                                                   \
    }

#if STAGED == 0

PRODUCT product(ARGUMENTS) {
    OPEN_ARRAYS
    const int first_row = (GROUP_Y * ITEMS_Y + get_local_id(1)) * ROWS;
    const int first_column = (GROUP_X * VECTORS * ITEMS_X + get_local_id(0)) * WIDTH;
    if (first_row >= rows || first_column >= columns) {
        return;
    }
    vec sums[ROWS][VECTORS];
    // Rows and columns beyond the last repeat it, and are not stored.
    const global float *left[ROWS];
    int row[ROWS];
    int column[VECTORS];
    #pragma unroll
    for (int r = 0; r < ROWS; r++) {
        row[r] = min(first_row + r, rows - 1);
        left[r] = ROW(x, row[r]);
        #pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            sums[r][v] = 0.0f;
        }
    }
    #pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        column[v] = min(first_column + v * ITEMS_X * WIDTH, padded - WIDTH);
    }
    for (int k = 0; k < inputs; k++) {
        vec right[VECTORS];
        #pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            right[v] = WEIGHT(k, column[v]);
        }
        #pragma unroll
        for (int r = 0; r < ROWS; r++) {
            const vec a = LEFT(left[r], row[r], k);
            #pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                sums[r][v] = fma(a, right[v], sums[r][v]);
            }
        }
    }

    vec done[ROWS * VECTORS];
    #pragma unroll
    for (int r = 0; r < ROWS; r++) {
        #pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            done[r * VECTORS + v] = sums[r][v];
        }
    }
#define ROW_OF(r) (first_row + (r))
#define COLUMN_OF(v) (first_column + (v) * ITEMS_X * WIDTH)
    FINISH(done, ROW_OF, COLUMN_OF)
}

#else

#define ITEMS (ITEMS_X * ITEMS_Y)
#define TILE_ROWS (ITEMS_Y * ROWS)
#define TILE_VECTORS (ITEMS_X * VECTORS)
#define LEFT_OF_ITEM (TILE_ROWS * DEPTH / ITEMS)
#define RIGHT_OF_ITEM (TILE_VECTORS * DEPTH / ITEMS)

// Rows of an item lie four by four: an item's neighbours then read neighbouring words of local memory.
#define ROW_OF_ITEM(r) ((r) / 4 * ITEMS_Y * 4 + get_local_id(1) * 4 + (r) % 4)

PRODUCT product(ARGUMENTS) {
    OPEN_ARRAYS
    local float left[DEPTH][TILE_ROWS + 4];
    local vec right[DEPTH][TILE_VECTORS];
    const int item = get_local_id(1) * ITEMS_X + get_local_id(0);
    const int tile_row = GROUP_Y * TILE_ROWS;
    const int tile_column = GROUP_X * TILE_VECTORS * WIDTH;
    float next_left[LEFT_OF_ITEM];
    vec next_right[RIGHT_OF_ITEM];
    vec sums[ROWS][VECTORS];
    #pragma unroll
    for (int r = 0; r < ROWS; r++) {
        #pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            sums[r][v] = 0.0f;
        }
    }

// Inputs `first` to `first + DEPTH - 1` from memory to registers; zeros beyond the last.
#define FETCH(first)                                                                                                   \
    _Pragma("unroll") for (int i = 0; i < LEFT_OF_ITEM; i++) {                                                         \
        const int k = (first) + (item + i * ITEMS) % DEPTH;                                                            \
        const int row = min(tile_row + (item + i * ITEMS) / DEPTH, rows - 1);                                          \
        next_left[i] = k < inputs ? LEFT(ROW(x, row), row, k) : 0.0f;                                                  \
    }                                                                                                                  \
    _Pragma("unroll") for (int i = 0; i < RIGHT_OF_ITEM; i++) {                                                        \
        const int k = (first) + (item + i * ITEMS) / TILE_VECTORS;                                                     \
        const int n = min(tile_column + (item + i * ITEMS) % TILE_VECTORS * WIDTH, padded - WIDTH);                    \
        next_right[i] = k < inputs ? WEIGHT(k, n) : (vec)(0.0f);                                                       \
    }

    FETCH(0)
    for (int first = 0; first < inputs; first += DEPTH) {
        #pragma unroll
        for (int i = 0; i < LEFT_OF_ITEM; i++) {
            left[(item + i * ITEMS) % DEPTH][(item + i * ITEMS) / DEPTH] = next_left[i];
        }
        #pragma unroll
        for (int i = 0; i < RIGHT_OF_ITEM; i++) {
            right[(item + i * ITEMS) / TILE_VECTORS][(item + i * ITEMS) % TILE_VECTORS] = next_right[i];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (first + DEPTH < inputs) {
            FETCH(first + DEPTH)
        }
        #pragma unroll
        for (int d = 0; d < DEPTH; d++) {
            float a[ROWS];
            vec b[VECTORS];
            #pragma unroll
            for (int r = 0; r < ROWS; r += 4) {
                vstore4(vload4(0, &left[d][ROW_OF_ITEM(r)]), 0, a + r);
            }
            #pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                b[v] = right[d][v * ITEMS_X + get_local_id(0)];
            }
            #pragma unroll
            for (int r = 0; r < ROWS; r++) {
                #pragma unroll
                for (int v = 0; v < VECTORS; v++) {
                    sums[r][v] = fma((vec)(a[r]), b[v], sums[r][v]);
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    vec done[ROWS * VECTORS];
    #pragma unroll
    for (int r = 0; r < ROWS; r++) {
        #pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            done[r * VECTORS + v] = sums[r][v];
        }
    }
#define ROW_OF(r) (tile_row + ROW_OF_ITEM(r))
#define COLUMN_OF(v) (tile_column + ((v) * ITEMS_X + get_local_id(0)) * WIDTH)
    FINISH(done, ROW_OF, COLUMN_OF)
}

#endif
