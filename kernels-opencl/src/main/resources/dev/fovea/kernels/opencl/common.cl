// What every kernel shares; it is put before each of the other files when they are compiled.
//
// A tensor is a buffer, the element where its first row begins, and the elements from row to row. Columns are
// contiguous. Any other array is a buffer and the byte where it begins.
//
// WIDTH   columns that an item takes at a time: as wide as the device's vector units, or as wide as its best loads
//         (4, 8, 16)
// LANES   items of a group that share a row in the kernels that reduce rows
//
// Multiplications and additions are fused only where fma() says so: two kernels that compute the same sum, for many
// rows and for few, then come to the same bits.

#pragma OPENCL FP_CONTRACT OFF

#define JOIN(a, b) a##b
#define NAME(a, b) JOIN(a, b)

#define vec NAME(float, WIDTH)
#define ivec NAME(int, WIDTH)
#define load(p) NAME(vload, WIDTH)(0, p)
#define store(v, p) NAME(vstore, WIDTH)(v, 0, p)

#define TENSOR(x) const global float *x##_buffer, const ulong x##_offset, const ulong x##_stride
#define RESULT(x) global float *x##_buffer, const ulong x##_offset, const ulong x##_stride
#define ARRAY(type, x) global type *x##_buffer, const ulong x##_from
#define OPEN(type, x) global type *x = (global type *)((global char *)x##_buffer + x##_from)
#define ROW(x, row) (x##_buffer + x##_offset + (ulong)(row) * x##_stride)

// An item for WIDTH columns of a row: its row, its first column and how many there are from there on. Items beyond the
// last return.
#define ITEM(row, c, rows, columns)                                                                                    \
    const int vectors_of_row = ((columns) + WIDTH - 1) / WIDTH;                                                        \
    const long row = get_global_id(0) / vectors_of_row;                                                                \
    const int c = get_global_id(0) % vectors_of_row * WIDTH;                                                           \
    const int rest = (columns)-c;                                                                                      \
    if (row >= (rows)) {                                                                                               \
        return;                                                                                                        \
    }

// The first `count` numbers at p, and `rest` in the other places.
vec load_part(const global float *p, int count, float rest) {
    if (count >= WIDTH) {
        return load(p);
    }
    float part[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        part[i] = i < count ? p[i] : rest;
    }
    return NAME(vload, WIDTH)(0, part);
}

void store_part(vec v, global float *p, int count) {
    if (count >= WIDTH) {
        store(v, p);
        return;
    }
    float part[WIDTH];
    NAME(vstore, WIDTH)(v, 0, part);
    for (int i = 0; i < count; i++) {
        p[i] = part[i];
    }
}

// The sum of a vector's elements, halves upon halves.
float sum_of_4(float4 v) {
    const float2 half_sum = v.lo + v.hi;
    return half_sum.x + half_sum.y;
}

float sum_of_8(float8 v) {
    return sum_of_4(v.lo + v.hi);
}

float sum_of_16(float16 v) {
    return sum_of_8(v.lo + v.hi);
}

#define sum_of NAME(sum_of_, WIDTH)

// The larger of two numbers; NaN is larger than any, as in Java.
float larger(float a, float b) {
    return isnan(a) || a > b ? a : b;
}

float largest_of(vec v) {
    float part[WIDTH];
    NAME(vstore, WIDTH)(v, 0, part);
    float largest = part[0];
    for (int i = 1; i < WIDTH; i++) {
        largest = larger(largest, part[i]);
    }
    return largest;
}

// dev.fovea.tensor.Activation, in its order.
#define RELU 1
#define GELU 2
#define GELU_TANH 3
#define QUICK_GELU 4
#define SIGMOID 5
#define TANH 6
#define SILU 7

vec activation(int kind, vec x) {
    switch (kind) {
        case RELU:
            return select(x, (vec)(0.0f), x < (vec)(0.0f));
        case GELU:
            return 0.5f * x * (1.0f + erf(x * 0.70710678f));
        case GELU_TANH:
// (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u))
            return x / (1.0f + exp(-1.59576912f * (x + 0.044715f * x * x * x)));
        case QUICK_GELU:
            return x / (1.0f + exp(-1.702f * x));
        case SIGMOID:
            return 1.0f / (1.0f + exp(-x));
        case TANH:
            return tanh(x);
        case SILU:
            return x / (1.0f + exp(-x));
        default:
            return x;
    }
}
