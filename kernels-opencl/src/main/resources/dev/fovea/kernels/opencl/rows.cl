// Rows on their own: norms, softmax. A group of LANES items shares a row; item l takes vectors l, l + LANES, ...
//
//   layer_norm         out[r, c] = (x[r, c] - mean) * scale * gamma[c] + beta[c],   scale = 1 / sqrt(variance + epsilon)
//   norm_statistics    out[r] = (mean, scale)
//   softmax            out[r, c] = exp(x[r, c] - max) / sum
//   l2_normalize       out[r, c] = x[r, c] / sqrt(sum of x[r, c]^2)
//
// Twins: layerNorm, softmax, l2Normalize of ReferenceBackend.

// One number of every item becomes one for all of them: their sum or maximum, in a tree.
float sum_of_lanes(float value, local float *aside) {
    const int lane = get_local_id(0);
    aside[lane] = value;
    for (int step = LANES / 2; step > 0; step /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < step) {
            aside[lane] += aside[lane + step];
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum = aside[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

float largest_of_lanes(float value, local float *aside) {
    const int lane = get_local_id(0);
    aside[lane] = value;
    for (int step = LANES / 2; step > 0; step /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < step) {
            aside[lane] = larger(aside[lane], aside[lane + step]);
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const float largest = aside[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return largest;
}

#define EACH_VECTOR(c) for (int c = get_local_id(0) * WIDTH; c < columns; c += LANES * WIDTH)

float row_sum(const global float *x, int columns, local float *aside) {
    vec sum = 0.0f;
    EACH_VECTOR(c) {
        sum += load_part(x + c, columns - c, 0.0f);
    }
    return sum_of_lanes(sum_of(sum), aside);
}

float row_maximum(const global float *x, int columns, local float *aside) {
    float largest = -INFINITY;
    EACH_VECTOR(c) {
        largest = larger(largest, largest_of(load_part(x + c, columns - c, -INFINITY)));
    }
    return largest_of_lanes(largest, aside);
}

// The sum of (x - centre)^2.
float row_squares(const global float *x, float centre, int columns, local float *aside) {
    vec sum = 0.0f;
    EACH_VECTOR(c) {
        const vec distance = load_part(x + c, columns - c, centre) - centre;
        sum = fma(distance, distance, sum);
    }
    return sum_of_lanes(sum_of(sum), aside);
}

// (mean, scale) of a row.
float2 statistics_of(const global float *x, float epsilon, int columns, local float *aside) {
    const float mean = row_sum(x, columns, aside) / columns;
    const float variance = row_squares(x, mean, columns, aside) / columns;
    return (float2)(mean, 1.0f / sqrt(variance + epsilon));
}

#define WHOLE_ROW kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void

WHOLE_ROW norm_statistics(TENSOR(x), const float epsilon, const int columns, ARRAY(float2, out)) {
    local float aside[LANES];
    OPEN(float2, out);
    const int row = get_group_id(0);
    const float2 statistics = statistics_of(ROW(x, row), epsilon, columns, aside);
    if (get_local_id(0) == 0) {
        out[row] = statistics;
    }
}

WHOLE_ROW layer_norm(
        TENSOR(x), TENSOR(gamma), TENSOR(beta), const float epsilon, const int columns, RESULT(out)) {
    local float aside[LANES];
    const int row = get_group_id(0);
    const float2 statistics = statistics_of(ROW(x, row), epsilon, columns, aside);
    EACH_VECTOR(c) {
        const int rest = columns - c;
        const vec normed = (load_part(ROW(x, row) + c, rest, 0.0f) - statistics.x) * statistics.y;
        const vec gamma = load_part(ROW(gamma, 0) + c, rest, 0.0f);
        const vec beta = load_part(ROW(beta, 0) + c, rest, 0.0f);
        store_part(fma(normed, gamma, beta), ROW(out, row) + c, rest);
    }
}

WHOLE_ROW softmax(TENSOR(x), const int columns, RESULT(out)) {
    local float aside[LANES];
    const int row = get_group_id(0);
    const float largest = row_maximum(ROW(x, row), columns, aside);
    vec sum = 0.0f;
    EACH_VECTOR(c) {
        const int rest = columns - c;
        const vec weight = exp(load_part(ROW(x, row) + c, rest, -INFINITY) - largest);
        store_part(weight, ROW(out, row) + c, rest);
        sum += rest >= WIDTH ? weight : load_part(ROW(out, row) + c, rest, 0.0f);
    }
    const float scale = 1.0f / sum_of_lanes(sum_of(sum), aside);
    EACH_VECTOR(c) {
        const int rest = columns - c;
        store_part(load_part(ROW(out, row) + c, rest, 0.0f) * scale, ROW(out, row) + c, rest);
    }
}

WHOLE_ROW l2_normalize(TENSOR(x), const int columns, RESULT(out)) {
    local float aside[LANES];
    const int row = get_group_id(0);
    const float scale = 1.0f / sqrt(row_squares(ROW(x, row), 0.0f, columns, aside));
    EACH_VECTOR(c) {
        const int rest = columns - c;
        store_part(load_part(ROW(x, row) + c, rest, 0.0f) * scale, ROW(out, row) + c, rest);
    }
}
