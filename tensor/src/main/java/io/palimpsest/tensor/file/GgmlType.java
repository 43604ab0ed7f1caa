package io.palimpsest.tensor.file;

import io.palimpsest.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How ggml stores a tensor's elements: the number for it in files, and the elements and bytes of a block. */
enum GgmlType {
    F32(0, DType.F32),
    F16(1, DType.F16),
    Q4_0(2, 32, 18, Dequantizer::q4_0),
    Q4_1(3, 32, 20, Dequantizer::q4_1),
    Q5_0(6, 32, 22, Dequantizer::q5_0),
    Q5_1(7, 32, 24, Dequantizer::q5_1),
    Q8_0(8, 32, 34, Dequantizer::q8_0),
    Q8_1(9, 32, 40),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144, Dequantizer::q4_k),
    Q5_K(13, 256, 176, Dequantizer::q5_k),
    Q6_K(14, 256, 210, Dequantizer::q6_k),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, DType.I8),
    I16(25, DType.I16),
    I32(26, DType.I32),
    I64(27, DType.I64),
    F64(28, DType.F64),
    IQ1_M(29, 256, 56),
    BF16(30, DType.BF16),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17);

    private final int code;
    private final int blockElements;
    private final int blockBytes;
    private final @Nullable DType plain;

    @SuppressWarnings("ImmutableEnumChecker") // a method reference without state
    private final @Nullable Dequantizer dequantizer;

    GgmlType(int code, DType plain) {
        this(code, 1, plain.bytes(), plain, null);
    }

    GgmlType(int code, int blockElements, int blockBytes) {
        this(code, blockElements, blockBytes, null, null);
    }

    GgmlType(int code, int blockElements, int blockBytes, Dequantizer dequantizer) {
        this(code, blockElements, blockBytes, null, dequantizer);
    }

    GgmlType(int code, int blockElements, int blockBytes, @Nullable DType plain, @Nullable Dequantizer dequantizer) {
        this.code = code;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.plain = plain;
        this.dequantizer = dequantizer;
    }

    static Optional<GgmlType> of(int code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }

    /** The types that can be read. */
    static List<GgmlType> supported() {
        return Arrays.stream(values())
                .filter(type -> type.plain != null || type.dequantizer != null)
                .toList();
    }

    int blockElements() {
        return blockElements;
    }

    int blockBytes() {
        return blockBytes;
    }

    /** The type of the elements where they are stored as plain numbers. */
    Optional<DType> plain() {
        return Optional.ofNullable(plain);
    }

    Optional<Dequantizer> dequantizer() {
        return Optional.ofNullable(dequantizer);
    }
}
