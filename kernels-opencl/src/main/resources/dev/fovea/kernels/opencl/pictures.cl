// Convolutions and pooling. A grid is images x height x width pixels, a row each; a kernel is kernel_height x kernel_width pixels.
//
//   patches       out[p, (ky * kernel_width + kx) * channels + c] = x[pixel under (ky, kx) of output pixel first + p, from + c], or 0
//                 beyond the edge; what is left of the convolution is a product
//   depthwise     out[p, c] = activation(sum over ky, kx of x[pixel under (ky, kx), c] * taps[ky * kernel_width + kx, c] + bias[c])
//   average_pool  out[p, c] = mean over the window's pixels of x[pixel, c]
//   max_pool      out[p, c] = the largest x[pixel, c] of the window's pixels inside the picture
//
// Twins: convolution, averagePool of ReferenceBackend, maxPool of Backend.

#define SHAPE                                                                                                          \
    const int height, const int width, const int out_height, const int out_width, const int kernel_height,             \
            const int kernel_width, const int stride, const int padding

// The row of the pixel under (ky, kx) of an output pixel, or -1 beyond the edge.
#define SOURCE(pixel, ky, kx)                                                                                          \
    source_of(pixel, ky, kx, height, width, out_height, out_width, stride, padding)

long source_of(
        long pixel, int ky, int kx, int height, int width, int out_height, int out_width, int stride, int padding) {
    const long image = pixel / (out_height * out_width);
    const int y = (int)(pixel / out_width % out_height) * stride - padding + ky;
    const int x = (int)(pixel % out_width) * stride - padding + kx;
    return y < 0 || y >= height || x < 0 || x >= width ? -1 : (image * height + y) * width + x;
}

kernel void patches(TENSOR(x), SHAPE, const int from, const int channels, const int first, const int pixels, RESULT(out)) {
    const int inputs = kernel_height * kernel_width * channels;
    const long p = get_global_id(0) / inputs;
    const int k = get_global_id(0) % inputs;
    if (p >= pixels) {
        return;
    }
    const int tap = k / channels;
    const long source = SOURCE(first + p, tap / kernel_width, tap % kernel_width);
    ROW(out, p)[k] = source < 0 ? 0.0f : ROW(x, source)[from + k % channels];
}

kernel void depthwise(
        TENSOR(x),
        SHAPE,
        ARRAY(const float, taps),
        ARRAY(const float, bias),
        const int kind,
        const int pixels,
        const int channels,
        RESULT(out)) {
    OPEN(const float, taps);
    OPEN(const float, bias);
    ITEM(p, c, pixels, channels)
    vec sum = load_part(bias + c, rest, 0.0f);
    for (int tap = 0; tap < kernel_height * kernel_width; tap++) {
        const long source = SOURCE(p, tap / kernel_width, tap % kernel_width);
        if (source >= 0) {
            const vec pixel = load_part(ROW(x, source) + c, rest, 0.0f);
            sum = fma(pixel, load_part(taps + tap * channels + c, rest, 0.0f), sum);
        }
    }
    store_part(activation(kind, sum), ROW(out, p) + c, rest);
}

kernel void average_pool(TENSOR(x), SHAPE, const int pixels, const int channels, RESULT(out)) {
    ITEM(p, c, pixels, channels)
    vec sum = 0.0f;
    for (int tap = 0; tap < kernel_height * kernel_width; tap++) {
        sum += load_part(ROW(x, SOURCE(p, tap / kernel_width, tap % kernel_width)) + c, rest, 0.0f);
    }
    store_part(sum / (float)(kernel_height * kernel_width), ROW(out, p) + c, rest);
}

kernel void max_pool(TENSOR(x), SHAPE, const int pixels, const int channels, RESULT(out)) {
    ITEM(p, c, pixels, channels)
    vec largest = -INFINITY;
    for (int tap = 0; tap < kernel_height * kernel_width; tap++) {
        const long source = SOURCE(p, tap / kernel_width, tap % kernel_width);
        if (source >= 0) {
            const vec pixel = load_part(ROW(x, source) + c, rest, 0.0f);
            largest = select(largest, pixel, pixel > largest || isnan(pixel));
        }
    }
    store_part(largest, ROW(out, p) + c, rest);
}
