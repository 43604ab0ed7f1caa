package io.palimpsest.tensor;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An n-dimensional array of numbers in libtorch's memory, with PyTorch's names for its operations.
 *
 * <p>Operations return new tensors (often views); those whose name ends in an underscore change this one. Memory belongs
 * to the surrounding {@link Scope}. A tensor used after its scope has closed throws; it never reads freed memory. Tensors
 * stay on the thread that made them: ids and text cross threads, tensors do not.
 *
 * <p>Letters in shape comments, everywhere in the project: B rows of a batch, T positions, V vocabulary, C channels, H
 * heads, D size of a head.
 */
public final class Tensor implements AutoCloseable {

    /** The class of rows whose {@link #crossEntropy} is 0. */
    public static final int NO_CLASS = -100;

    private static final long NO_REDUCTION = 0; // at::Reduction::None

    private final org.bytedeco.pytorch.Tensor handle;

    private Tensor(org.bytedeco.pytorch.Tensor handle) {
        this.handle = handle;
    }

    static Tensor wrap(org.bytedeco.pytorch.Tensor handle) {
        return new Tensor(handle);
    }

    org.bytedeco.pytorch.Tensor handle() {
        return handle;
    }

    // ---- making ----

    /** A tensor of zeros. */
    public static Tensor zeros(DType type, long... shape) {
        return wrap(torch.torch_zeros(shape, options(type)));
    }

    /** A float tensor of zeros. */
    public static Tensor zeros(long... shape) {
        return zeros(DType.F32, shape);
    }

    /** A float tensor of ones. */
    public static Tensor ones(long... shape) {
        return full(1, shape);
    }

    /** A float tensor whose elements all are {@code value}. */
    public static Tensor full(double value, long... shape) {
        return wrap(torch.torch_full(shape, new Scalar(value), options(DType.F32)));
    }

    /** A float tensor of the given values in row-major order; without a shape it is a vector. */
    public static Tensor of(float[] values, long... shape) {
        return filled(
                blank(DType.F32, shapeOr(values.length, shape)),
                values.length,
                p -> new FloatPointer(p).put(values, 0, values.length));
    }

    /** A double tensor of the given values in row-major order; without a shape it is a vector. */
    public static Tensor of(double[] values, long... shape) {
        return filled(
                blank(DType.F64, shapeOr(values.length, shape)),
                values.length,
                p -> new DoublePointer(p).put(values, 0, values.length));
    }

    /** An I64 tensor of the given token ids; without a shape it is a vector. */
    public static Tensor ids(int[] values, long... shape) {
        return ids(Arrays.stream(values).asLongStream().toArray(), shape);
    }

    /** An I64 tensor of the given values; without a shape it is a vector. */
    public static Tensor ids(long[] values, long... shape) {
        return filled(
                blank(DType.I64, shapeOr(values.length, shape)),
                values.length,
                p -> new LongPointer(p).put(values, 0, values.length));
    }

    /** A tensor of any type from its elements' little-endian bytes. */
    public static Tensor ofBytes(byte[] bytes, DType type, long... shape) {
        return filled(
                blank(type, shape), bytes.length / type.bytes(), p -> new BytePointer(p).put(bytes, 0, bytes.length));
    }

    /** A BOOL tensor of the given values; without a shape it is a vector. */
    public static Tensor of(boolean[] values, long... shape) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return ofBytes(bytes, DType.BOOL, shapeOr(values.length, shape));
    }

    /** The I64 numbers from {@code start} to before {@code end}. */
    public static Tensor arange(long start, long end) {
        return wrap(torch.torch_arange(new Scalar(start), new Scalar(end), options(DType.I64)));
    }

    /**
     * Standard normal numbers drawn from {@code seed}; other ones on another device, where the device's own generator, begun
     * anew from the seed, draws them.
     */
    public static Tensor randn(Seed seed, long... shape) {
        if (Device.current() == Device.CPU) {
            return of(seed.gaussians(Math.toIntExact(count(shape))), shape);
        }
        torch.manual_seed(seed.number());
        return wrap(torch.torch_randn(shape, options(DType.F32)));
    }

    /** Uniform numbers in [0, 1) drawn from {@code seed}, in the way of {@link #randn}. */
    public static Tensor rand(Seed seed, long... shape) {
        if (Device.current() == Device.CPU) {
            return of(seed.uniforms(Math.toIntExact(count(shape))), shape);
        }
        torch.manual_seed(seed.number());
        return wrap(torch.torch_rand(shape, options(DType.F32)));
    }

    /** Tensors of one shape as one tensor with a new first dimension {@code dim}. */
    public static Tensor stack(List<Tensor> parts, int dim) {
        return wrap(torch.stack(vector(parts), dim));
    }

    /** Tensors joined along {@code dim}. */
    public static Tensor cat(List<Tensor> parts, int dim) {
        return parts.size() == 1 ? parts.get(0) : wrap(torch.cat(vector(parts), dim));
    }

    /** Tensors joined along {@code dim}. */
    public static Tensor cat(Tensor a, Tensor b, int dim) {
        return cat(List.of(a, b), dim);
    }

    /** Where {@code condition} holds the elements of {@code yes}, elsewhere those of {@code no}. */
    public static Tensor where(Tensor condition, Tensor yes, Tensor no) {
        return wrap(torch.where(condition.handle, yes.handle, no.handle));
    }

    /**
     * A float tensor whose elements {@code writer} writes, piece by piece, in any order and from any thread; what it does
     * not write is undefined.
     */
    public static Tensor assembled(long[] shape, Consumer<Elements> writer) {
        org.bytedeco.pytorch.Tensor empty = blank(DType.F32, shape);
        long elements = empty.numel();
        FloatPointer memory = new FloatPointer(empty.data_ptr());
        writer.accept((start, values, count) -> {
            Objects.checkFromIndexSize(start, (long) count, elements);
            new FloatPointer(memory).position(start).put(values, 0, count);
        });
        return wrap(Device.current().move(empty));
    }

    /** The elements of a tensor that is being written, in row-major order. */
    @FunctionalInterface
    public interface Elements {

        /** Writes the first {@code count} of {@code values} from element {@code start} on. */
        void put(long start, float[] values, int count);
    }

    /**
     * A file's first {@code bytes} bytes as a read-only U8 vector, mapped and not read; also above 2 GiB. The file must not
     * be truncated while the tensor lives: reading a page that is gone ends the process.
     */
    public static Tensor mapFile(Path file, long bytes) {
        return wrap(torch.from_file(
                file.toString(), new BoolOptional(false), new LongOptional(bytes), new TensorOptions(ScalarType.Byte)));
    }

    // ---- shape ----

    /** The length of each dimension. */
    public long[] shape() {
        long[] shape = new long[dim()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = handle.size(i);
        }
        return shape;
    }

    /** The number of dimensions. */
    public int dim() {
        return (int) handle.dim();
    }

    /** The length of one dimension; negative ones count from the last. */
    public long size(int dim) {
        return handle.size(dim);
    }

    /** The number of elements. */
    public long numel() {
        return handle.numel();
    }

    /** The type of the elements. */
    public DType dtype() {
        return DType.of(handle.scalar_type());
    }

    /** The same elements under another shape, without a copy. */
    public Tensor view(long... shape) {
        return wrap(handle.view(shape));
    }

    /** The same bytes read as elements of another type. */
    public Tensor viewAs(DType type) {
        return wrap(handle.view(type.scalar()));
    }

    /** The same elements under another shape, copied only where it must be. */
    public Tensor reshape(long... shape) {
        return wrap(handle.reshape(shape));
    }

    /** {@code length} slices of dimension {@code dim} from {@code start}, as a view. */
    public Tensor narrow(int dim, long start, long length) {
        return wrap(handle.narrow(dim, start, length));
    }

    /** Of a matrix, {@code rows} rows from {@code row} and {@code columns} columns from {@code column}, as a view. */
    public Tensor block(long row, long rows, long column, long columns) {
        long below = handle.stride(0);
        long right = handle.stride(1);
        long start = handle.storage_offset() + row * below + column * right;
        return wrap(handle.as_strided(new long[] {rows, columns}, new long[] {below, right}, new LongOptional(start)));
    }

    /** One slice of dimension {@code dim}, as a view with one dimension less. */
    public Tensor select(int dim, long index) {
        return wrap(handle.select(dim, index));
    }

    public Tensor transpose(int a, int b) {
        return wrap(handle.transpose(a, b));
    }

    public Tensor permute(long... dims) {
        return wrap(handle.permute(dims));
    }

    public Tensor unsqueeze(int dim) {
        return wrap(handle.unsqueeze(dim));
    }

    public Tensor squeeze(int dim) {
        return wrap(handle.squeeze(dim));
    }

    /** Dimensions of length 1 repeated to {@code shape} (-1 keeps a dimension), without a copy. */
    public Tensor expand(long... shape) {
        return wrap(handle.expand(shape));
    }

    /** Each slice of {@code dim} repeated {@code times} times in a row. */
    public Tensor repeatInterleave(long times, int dim) {
        return wrap(handle.repeat_interleave(times, new LongOptional(dim), new LongOptional()));
    }

    public Tensor contiguous() {
        return wrap(handle.contiguous());
    }

    /** The elements shifted along {@code dim}, those that fall off coming in again at the other end. */
    public Tensor roll(long shift, int dim) {
        return wrap(handle.roll(new long[] {shift}, new long[] {dim}));
    }

    // ---- type ----

    /** These numbers in another type; this tensor itself where it has the type already. */
    public Tensor to(DType type) {
        return dtype() == type ? this : wrap(handle.to(type.scalar()));
    }

    /** The numbers as 32-bit floats. */
    public Tensor toFloat() {
        return to(DType.F32);
    }

    /** These numbers in the memory of the {@linkplain Device#current() device}; this tensor itself where they are there. */
    public Tensor onDevice() {
        return Device.current().holds(handle) ? this : wrap(Device.current().move(handle));
    }

    /** A copy in memory of its own. */
    public Tensor copy() {
        return wrap(torch.clone(handle));
    }

    // ---- arithmetic ----

    public Tensor add(Tensor other) {
        return wrap(handle.add(other.handle));
    }

    public Tensor add(double other) {
        return wrap(handle.add(new Scalar(other)));
    }

    public Tensor sub(Tensor other) {
        return wrap(handle.sub(other.handle));
    }

    public Tensor sub(double other) {
        return wrap(handle.sub(new Scalar(other)));
    }

    public Tensor mul(Tensor other) {
        return wrap(handle.mul(other.handle));
    }

    public Tensor mul(double other) {
        return wrap(handle.mul(new Scalar(other)));
    }

    public Tensor div(Tensor other) {
        return wrap(handle.div(other.handle));
    }

    public Tensor div(double other) {
        return wrap(handle.div(new Scalar(other)));
    }

    /** {@code this + a * b}, element by element. */
    public Tensor addcmul(Tensor a, Tensor b) {
        return wrap(handle.addcmul(a.handle, b.handle));
    }

    public Tensor neg() {
        return wrap(handle.neg());
    }

    public Tensor abs() {
        return wrap(handle.abs());
    }

    public Tensor exp() {
        return wrap(handle.exp());
    }

    public Tensor log() {
        return wrap(handle.log());
    }

    /** The logarithm of the sum of both exponentials. */
    public Tensor logAddExp(Tensor other) {
        return wrap(torch.logaddexp(handle, other.handle));
    }

    public Tensor sqrt() {
        return wrap(handle.sqrt());
    }

    public Tensor rsqrt() {
        return wrap(handle.rsqrt());
    }

    public Tensor square() {
        return wrap(handle.square());
    }

    public Tensor pow(double exponent) {
        return wrap(handle.pow(new Scalar(exponent)));
    }

    public Tensor sin() {
        return wrap(handle.sin());
    }

    public Tensor cos() {
        return wrap(handle.cos());
    }

    public Tensor tanh() {
        return wrap(handle.tanh());
    }

    public Tensor sigmoid() {
        return wrap(handle.sigmoid());
    }

    public Tensor silu() {
        return wrap(torch.silu(handle));
    }

    public Tensor relu() {
        return wrap(handle.relu());
    }

    /** The exact Gaussian error linear unit, x Φ(x). */
    public Tensor gelu() {
        return wrap(torch.gelu(handle, "none"));
    }

    /** The Gaussian error linear unit by its tanh approximation. */
    public Tensor geluTanh() {
        return wrap(torch.gelu(handle, "tanh"));
    }

    /** Nearest whole numbers, halves to the even one. */
    public Tensor round() {
        return wrap(handle.round());
    }

    public Tensor clamp(double low, double high) {
        return wrap(handle.clamp(
                new org.bytedeco.pytorch.ScalarOptional(new Scalar(low)),
                new org.bytedeco.pytorch.ScalarOptional(new Scalar(high))));
    }

    public Tensor clampMin(double low) {
        return wrap(handle.clamp_min(new Scalar(low)));
    }

    /** The larger of each pair of elements. */
    public Tensor maximum(Tensor other) {
        return wrap(handle.maximum(other.handle));
    }

    public Tensor matmul(Tensor other) {
        return wrap(handle.matmul(other.handle));
    }

    /** {@code this} times the transpose of {@code weight} (out, in). */
    public Tensor linear(Tensor weight) { // (.., in) -> (.., out)
        return SharedProduct.suits(handle, weight.handle)
                ? wrap(SharedProduct.linear(handle, weight.handle))
                : wrap(torch.linear(handle, weight.handle));
    }

    /** {@code this} times the transpose of {@code weight} (out, in), plus {@code bias} (out). */
    public Tensor linear(Tensor weight, Tensor bias) { // (.., in) -> (.., out)
        return wrap(torch.linear(handle, weight.handle, new TensorOptional(bias.handle)));
    }

    /** Rows of this table (V, C) at {@code ids} (..). */
    public Tensor embedding(Tensor ids) { // (..) -> (.., C)
        return wrap(torch.embedding(handle, ids.handle));
    }

    /** Normalises the last dimension to mean 0 and variance 1 and scales it by {@code weight}, without a bias. */
    public Tensor layerNorm(Tensor weight, double eps) {
        return wrap(torch.layer_norm(
                handle, weight.shape(), new TensorOptional(weight.handle), new TensorOptional(), eps, true));
    }

    /** Normalises the last dimension to mean 0 and variance 1, scales it by {@code weight} and adds {@code bias}. */
    public Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
        return wrap(torch.layer_norm(
                handle, weight.shape(), new TensorOptional(weight.handle), new TensorOptional(bias.handle), eps, true));
    }

    /** Normalises the last dimension to root mean square 1 and scales it by {@code weight}. */
    public Tensor rmsNorm(Tensor weight, double eps) {
        return GradMode.is_enabled() || dtype() != DType.F32 ? recordedRmsNorm(weight, eps) : plainRmsNorm(weight, eps);
    }

    /** libtorch makes this norm of many operations on a processor; some of them in place are two thirds of the time. */
    private Tensor plainRmsNorm(Tensor weight, double eps) {
        Tensor norm = wrap(torch.linalg_vector_norm(
                handle, new Scalar(2), new long[] {-1}, true, new ScalarTypeOptional())); // (.., 1)
        norm.handle.square_();
        norm.mul_(1.0 / size(-1)).handle.add_(new Scalar(eps));
        norm.handle.rsqrt_();
        return mul(weight).mul_(norm);
    }

    private Tensor recordedRmsNorm(Tensor weight, double eps) {
        return wrap(torch.rms_norm(handle, weight.shape(), new TensorOptional(weight.handle), new DoubleOptional(eps)));
    }

    /** Scaled dot-product attention: every query sees every key. */
    public static Tensor attention(Tensor q, Tensor k, Tensor v) { // (B, H, T, D), (B, H, S, D) x 2 -> (B, H, T, D)
        return wrap(torch.scaled_dot_product_attention(q.handle, k.handle, v.handle));
    }

    /**
     * Scaled dot-product attention under {@code mask}, which is BOOL (true: may look) or float (added to the scores) and
     * broadcasts to (B, H, T, S).
     */
    public static Tensor attention(Tensor q, Tensor k, Tensor v, Tensor mask) {
        return wrap(torch.scaled_dot_product_attention(
                q.handle,
                k.handle,
                v.handle,
                new TensorOptional(mask.handle),
                0.0,
                false,
                new DoubleOptional(),
                false));
    }

    /** Convolves images with {@code weight} (out, in, K, K) and adds {@code bias} (out); zeros stand outside. */
    public Tensor conv2d(Tensor weight, Tensor bias, long stride, long padding) { // (B, in, Y, X) -> (B, out, ..)
        return wrap(torch.conv2d(
                handle,
                weight.handle,
                new TensorOptional(bias.handle),
                new long[] {stride, stride},
                new long[] {padding, padding},
                new long[] {1, 1},
                1));
    }

    /** Normalises each group of channels to mean 0 and variance 1, scales channels by {@code weight} and adds {@code bias}. */
    public Tensor groupNorm(int groups, Tensor weight, Tensor bias, double eps) { // (B, C, ..) -> (B, C, ..)
        return wrap(torch.group_norm(
                handle, groups, new TensorOptional(weight.handle), new TensorOptional(bias.handle), eps, false));
    }

    // ---- reducing ----

    public Tensor sum() {
        return wrap(handle.sum());
    }

    public Tensor sum(int dim) {
        return wrap(handle.sum(new long[] {dim}, false, new ScalarTypeOptional()));
    }

    public Tensor mean() {
        return wrap(handle.mean());
    }

    public Tensor mean(int dim, boolean keep) {
        return wrap(handle.mean(new long[] {dim}, keep, new ScalarTypeOptional()));
    }

    public Tensor amax(int dim, boolean keep) {
        return wrap(handle.amax(new long[] {dim}, keep));
    }

    public Tensor softmax(int dim) {
        return wrap(torch.softmax(handle, dim));
    }

    public Tensor logSoftmax(int dim) {
        return wrap(torch.log_softmax(handle, dim));
    }

    public Tensor logsumexp(int dim, boolean keep) {
        return wrap(torch.logsumexp(handle, new long[] {dim}, keep));
    }

    /** -log softmax of each row at its own class, or {@link #NO_CLASS}. It passes over the logits less often than the sums it is. */
    public Tensor crossEntropy(Tensor classes) { // (K, V), (K) -> (K)
        return wrap(torch.cross_entropy_loss(handle, classes.handle, new TensorOptional(), NO_REDUCTION, NO_CLASS, 0));
    }

    public Tensor cumsum(int dim) {
        return wrap(torch.cumsum(handle, dim));
    }

    // ---- choosing ----

    public Tensor argmax(int dim) {
        return wrap(handle.argmax(new LongOptional(dim), false));
    }

    /** The {@code k} largest elements of dimension {@code dim}, largest first, with their indices. */
    public Top topk(int k, int dim) {
        T_TensorTensor_T result = torch.topk(handle, k, dim, true, true);
        return new Top(own(result.get0()), own(result.get1()));
    }

    /** The elements of dimension {@code dim} sorted, with the indices they had. */
    public Top sort(int dim, boolean descending) {
        T_TensorTensor_T result = torch.sort(handle, dim, descending);
        return new Top(own(result.get0()), own(result.get1()));
    }

    /** Values and the indices they were found at. */
    public record Top(Tensor values, Tensor indices) {}

    public Tensor gather(int dim, Tensor index) {
        return wrap(torch.gather(handle, dim, index.handle));
    }

    /** The slices of {@code dim} at {@code index}, an I64 vector. */
    public Tensor indexSelect(int dim, Tensor index) {
        return wrap(torch.index_select(handle, dim, index.handle));
    }

    public Tensor maskedFill(Tensor mask, double value) {
        return wrap(torch.masked_fill(handle, mask.handle, new Scalar(value)));
    }

    public Tensor eq(double other) {
        return wrap(handle.eq(new Scalar(other)));
    }

    public Tensor eq(Tensor other) {
        return wrap(handle.eq(other.handle));
    }

    public Tensor lt(Tensor other) {
        return wrap(handle.lt(other.handle));
    }

    public Tensor lt(double other) {
        return wrap(handle.lt(new Scalar(other)));
    }

    public Tensor ge(double other) {
        return wrap(handle.ge(new Scalar(other)));
    }

    public Tensor logicalAnd(Tensor other) {
        return wrap(handle.logical_and(other.handle));
    }

    public Tensor logicalNot() {
        return wrap(handle.logical_not());
    }

    /** Where the elements are neither infinite nor NaN. */
    public Tensor isFinite() {
        return wrap(torch.isfinite(handle));
    }

    // ---- in place ----

    /** Overwrites these elements with those of {@code source}. */
    public Tensor copy_(Tensor source) {
        handle.copy_(source.handle);
        return this;
    }

    public Tensor add_(Tensor other) {
        handle.add_(other.handle);
        return this;
    }

    public Tensor mul_(double other) {
        handle.mul_(new Scalar(other));
        return this;
    }

    public Tensor mul_(Tensor other) {
        handle.mul_(other.handle);
        return this;
    }

    /** {@code this += scale * a * b}. */
    public Tensor addcmul_(Tensor a, Tensor b, double scale) {
        handle.addcmul_(a.handle, b.handle, new Scalar(scale));
        return this;
    }

    /** {@code this += scale * a / b}. */
    public Tensor addcdiv_(Tensor a, Tensor b, double scale) {
        handle.addcdiv_(a.handle, b.handle, new Scalar(scale));
        return this;
    }

    /** {@code this += weight * (end - this)}. */
    public Tensor lerp_(Tensor end, double weight) {
        handle.lerp_(end.handle, new Scalar(weight));
        return this;
    }

    public Tensor clampMin_(double low) {
        handle.clamp_min_(new Scalar(low));
        return this;
    }

    public Tensor zero_() {
        handle.zero_();
        return this;
    }

    /** Adds the rows of {@code source} to the slices of {@code dim} at {@code index}. */
    public Tensor indexAdd_(int dim, Tensor index, Tensor source) {
        handle.index_add_(dim, index.handle, source.handle);
        return this;
    }

    /** The sum of this and {@code source}'s rows added at {@code index}; differentiable. */
    public Tensor indexAdd(int dim, Tensor index, Tensor source) {
        return wrap(torch.index_add(handle, dim, index.handle, source.handle));
    }

    // ---- gradients ----

    /** Marks this tensor as a parameter: gradients with respect to it are accumulated. */
    public Tensor requireGrad() {
        handle.set_requires_grad(true);
        return this;
    }

    public boolean requiresGrad() {
        return handle.requires_grad();
    }

    /** These numbers as a constant: no gradient flows through. */
    public Tensor detach() {
        return wrap(handle.detach());
    }

    /** Back-propagates from this scalar. */
    public void backward() {
        handle.backward();
    }

    /** Back-propagates {@code gradient}, of this tensor's shape, from this tensor. */
    public void backward(Tensor gradient) {
        handle.backward(gradient.handle, new BoolOptional(), false, new TensorArrayRefOptional());
    }

    /** Whether a gradient has been accumulated. */
    public boolean hasGrad() {
        return handle.grad().defined();
    }

    /** The accumulated gradient. */
    public Tensor grad() {
        org.bytedeco.pytorch.Tensor grad = handle.grad();
        if (!grad.defined()) {
            throw new IllegalStateException("no gradient has reached this tensor of shape " + Arrays.toString(shape()));
        }
        return own(grad);
    }

    /** Forgets the accumulated gradient and frees its memory. */
    public void clearGrad() {
        handle.mutable_grad().reset();
    }

    // ---- reading ----

    /** The one number of a scalar tensor. */
    public double item() {
        return handle.item_double();
    }

    /** The elements in row-major order as floats. */
    public float[] toFloats() {
        float[] out = new float[Math.toIntExact(numel())];
        org.bytedeco.pytorch.Tensor source = dense(DType.F32);
        new FloatPointer(source.data_ptr()).get(out, 0, out.length);
        return out;
    }

    /** The elements in row-major order as doubles. */
    public double[] toDoubles() {
        double[] out = new double[Math.toIntExact(numel())];
        org.bytedeco.pytorch.Tensor source = dense(DType.F64);
        new DoublePointer(source.data_ptr()).get(out, 0, out.length);
        return out;
    }

    /** The elements in row-major order as ints. */
    public int[] toInts() {
        int[] out = new int[Math.toIntExact(numel())];
        org.bytedeco.pytorch.Tensor source = dense(DType.I32);
        new IntPointer(source.data_ptr()).get(out, 0, out.length);
        return out;
    }

    /** The little-endian bytes of the elements in row-major order. */
    public byte[] toBytes() {
        byte[] out = new byte[Math.toIntExact(numel() * dtype().bytes())];
        org.bytedeco.pytorch.Tensor source = handle.cpu().contiguous();
        new BytePointer(source.data_ptr()).get(out, 0, out.length);
        return out;
    }

    private org.bytedeco.pytorch.Tensor dense(DType type) {
        return handle.detach().to(type.scalar()).cpu().contiguous();
    }

    /** Frees the native memory now; only for tensors kept beyond every scope. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return "Tensor" + dtype() + Arrays.toString(shape());
    }

    // ---- plumbing ----

    private static TensorOptions options(DType type) {
        return Device.current().options(type);
    }

    /** A handle of our own in place of a reference into a container that will be freed. */
    static Tensor own(org.bytedeco.pytorch.Tensor reference) {
        return wrap(new org.bytedeco.pytorch.Tensor(reference));
    }

    static TensorVector vector(List<Tensor> parts) {
        return new TensorVector(parts.stream().map(Tensor::handle).toArray(org.bytedeco.pytorch.Tensor[]::new));
    }

    /** Uninitialised memory that Java can write: always the processor's. */
    private static org.bytedeco.pytorch.Tensor blank(DType type, long... shape) {
        return torch.torch_empty(shape, Device.CPU.options(type), new MemoryFormatOptional());
    }

    private interface Fill {
        void into(Pointer memory);
    }

    private static Tensor filled(org.bytedeco.pytorch.Tensor empty, long values, Fill fill) {
        if (empty.numel() != values) {
            throw new IllegalArgumentException(
                    "shape " + Arrays.toString(wrap(empty).shape()) + " holds " + empty.numel() + " elements, but "
                            + values + " were given");
        }
        if (values > 0) { // an empty tensor has no memory to point at
            fill.into(empty.data_ptr());
        }
        return wrap(Device.current().move(empty));
    }

    private static long[] shapeOr(long length, long[] shape) {
        return shape.length == 0 ? new long[] {length} : shape;
    }

    private static long count(long[] shape) {
        long n = 1;
        for (long s : shape) {
            n = Math.multiplyExact(n, s);
        }
        return n;
    }
}
