package io.palimpsest.training.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** How packed pages are unpacked: the library's own ways, and for gzip the JDK's in place of Hadoop's. */
final class ParquetCodecs implements CompressionCodecFactory {

    private static final int PAGE_BYTES = 1 << 20;

    private final CompressionCodecFactory others = new CodecFactory(new PlainParquetConfiguration(), PAGE_BYTES);

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return codec == CompressionCodecName.GZIP ? new Gzip() : others.getDecompressor(codec);
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        return others.getCompressor(codec);
    }

    @Override
    public void release() {
        others.release();
    }

    private static final class Gzip implements BytesInputDecompressor {

        @Override
        public BytesInput decompress(BytesInput packed, int size) throws IOException {
            return BytesInput.from(unpacked(packed, size));
        }

        @Override
        public void decompress(ByteBuffer packed, int packedSize, ByteBuffer into, int size) throws IOException {
            into.put(unpacked(BytesInput.from(packed.slice().limit(packedSize)), size));
        }

        private static byte[] unpacked(BytesInput packed, int size) throws IOException {
            try (InputStream in = new GZIPInputStream(packed.toInputStream())) {
                return in.readNBytes(size);
            }
        }

        @Override
        public void release() {}
    }
}
