package io.palimpsest.tensor.file;

/**
 * Turns blocks of quantised weights into floats, with the very roundings of ggml's {@code dequantize_row_*}
 * (ggml-quants.c).
 *
 * <p>d is a block's scale and m its offset, both 16-bit floats; q are the weights' few bits. The K types nest: 256 weights
 * share d, and each 16 or 32 of them a scale (and an offset) of 6 or 8 bits.
 */
@FunctionalInterface
interface Dequantizer {

    /** Writes the weights of the first {@code blocks} blocks of {@code in} to {@code out}. */
    void dequantize(byte[] in, int blocks, float[] out);

    /** w = d (q - 8): d, then 16 bytes that hold weight j in their low and weight j + 16 in their high half. */
    static void q4_0(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 18, o += 32) {
            float d = half(in, i);
            for (int j = 0; j < 16; j++) {
                int q = in[i + 2 + j];
                out[o + j] = d * ((q & 15) - 8);
                out[o + j + 16] = d * ((q >> 4 & 15) - 8);
            }
        }
    }

    /** w = d q + m: d, m, then the bits as in {@link #q4_0}. */
    static void q4_1(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 20, o += 32) {
            float d = half(in, i);
            float m = half(in, i + 2);
            for (int j = 0; j < 16; j++) {
                int q = in[i + 4 + j];
                out[o + j] = d * (q & 15) + m;
                out[o + j + 16] = d * (q >> 4 & 15) + m;
            }
        }
    }

    /** w = d (q - 16): d, the 32 fifth bits, then the low bits as in {@link #q4_0}. */
    static void q5_0(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 22, o += 32) {
            float d = half(in, i);
            int bits = int32(in, i + 2);
            for (int j = 0; j < 16; j++) {
                int q = in[i + 6 + j];
                out[o + j] = d * (fifth(q, bits, j) - 16);
                out[o + j + 16] = d * (fifth(q >> 4, bits, j + 16) - 16);
            }
        }
    }

    /** w = d q + m: d, m, the 32 fifth bits, then the low bits as in {@link #q4_0}. */
    static void q5_1(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 24, o += 32) {
            float d = half(in, i);
            float m = half(in, i + 2);
            int bits = int32(in, i + 4);
            for (int j = 0; j < 16; j++) {
                int q = in[i + 8 + j];
                out[o + j] = d * fifth(q, bits, j) + m;
                out[o + j + 16] = d * fifth(q >> 4, bits, j + 16) + m;
            }
        }
    }

    /** w = d q: d, then 32 signed bytes. */
    static void q8_0(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 34, o += 32) {
            float d = half(in, i);
            for (int j = 0; j < 32; j++) {
                out[o + j] = d * in[i + 2 + j];
            }
        }
    }

    /** w = d s q - m t: d, m, eight pairs (s, t) of 6 bits in 12 bytes, then 128 bytes of q in runs of 2 x 32. */
    static void q4_k(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 144) {
            float d = half(in, i);
            float m = half(in, i + 2);
            for (int run = 0; run < 8; run++, o += 32) {
                float scale = d * scale(in, i + 4, run);
                float offset = m * offset(in, i + 4, run);
                int low = i + 16 + run / 2 * 32;
                int shift = run % 2 * 4;
                for (int j = 0; j < 32; j++) {
                    out[o + j] = scale * (in[low + j] >> shift & 15) - offset;
                }
            }
        }
    }

    /** As {@link #q4_k}, with a fifth bit: bit r of 32 bytes before q is that of the weights of run r. */
    static void q5_k(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 176) {
            float d = half(in, i);
            float m = half(in, i + 2);
            for (int run = 0; run < 8; run++, o += 32) {
                float scale = d * scale(in, i + 4, run);
                float offset = m * offset(in, i + 4, run);
                int low = i + 48 + run / 2 * 32;
                int shift = run % 2 * 4;
                for (int j = 0; j < 32; j++) {
                    int q = in[low + j] >> shift;
                    out[o + j] = scale * fifth(q, in[i + 16 + j], run) - offset;
                }
            }
        }
    }

    /** w = d s (q - 32): 128 bytes of low halves, 64 of upper pairs of bits, sixteen s of 8 bits, d. */
    static void q6_k(byte[] in, int blocks, float[] out) {
        for (int b = 0, i = 0, o = 0; b < blocks; b++, i += 210) {
            float d = half(in, i + 208);
            for (int run = 0; run < 8; run++, o += 32) {
                int half = run / 4; // of the block
                int quarter = run % 4; // of that half
                int low = i + half * 64 + quarter % 2 * 32;
                int lowShift = quarter / 2 * 4;
                int high = i + 128 + half * 32;
                int highShift = quarter * 2;
                int scales = i + 192 + run * 2;
                for (int j = 0; j < 32; j++) {
                    int q = (in[low + j] >> lowShift & 15) | (in[high + j] >> highShift & 3) << 4;
                    out[o + j] = d * in[scales + j / 16] * (q - 32);
                }
            }
        }
    }

    /** The low half of {@code q} with bit {@code j} of {@code bits} above it. */
    private static int fifth(int q, int bits, int j) {
        return (q & 15) | (bits >>> j & 1) << 4;
    }

    /** The 6-bit scale of a run: the first four lie in bytes 0 to 3, the others in halves of 8 to 11 and bits above. */
    private static int scale(byte[] in, int at, int run) {
        return run < 4 ? in[at + run] & 63 : (in[at + run + 4] & 15) | (in[at + run - 4] >> 6 & 3) << 4;
    }

    private static int offset(byte[] in, int at, int run) {
        return run < 4 ? in[at + run + 4] & 63 : (in[at + run + 4] >> 4 & 15) | (in[at + run] >> 6 & 3) << 4;
    }

    private static int int32(byte[] in, int at) {
        return (in[at] & 255) | (in[at + 1] & 255) << 8 | (in[at + 2] & 255) << 16 | in[at + 3] << 24;
    }

    /** The IEEE 754 half at {@code at}; the JDK's own conversion came with Java 20. */
    private static float half(byte[] in, int at) {
        int bits = (in[at] & 255) | in[at + 1] << 8;
        int sign = bits & 0x8000;
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        if (exponent == 0) {
            float tiny = fraction * 0x1p-24f;
            return sign == 0 ? tiny : -tiny;
        }
        int wide = exponent == 31 ? 255 : exponent + 112;
        return Float.intBitsToFloat(sign << 16 | wide << 23 | fraction << 13);
    }
}
