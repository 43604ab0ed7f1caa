package io.palimpsest.model.verify;

import io.palimpsest.model.folder.EmbeddingModel;
import io.palimpsest.model.folder.ImageModel;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Replays fixtures with this engine in fp32. */
public final class Verification {

    private static final Map<String, Replay> KINDS = Map.ofEntries(
            Map.entry("tokenizer", TextReplay::tokenizer),
            Map.entry("logits", LogitsReplay::raw),
            Map.entry("logits_sample_mode", LogitsReplay::raw),
            Map.entry("logits_shifted", LogitsReplay::shifted),
            Map.entry("logits_cached", LogitsReplay::cached),
            Map.entry("generate", Recorded::generate),
            Map.entry("logprobs", Likelihoods::logProbabilities),
            Map.entry("loss", Likelihoods::loss),
            Map.entry("likelihood", Likelihoods::bound),
            Map.entry("loglikelihood", Likelihoods::bound),
            Map.entry("nelbo", Likelihoods::nelbo),
            Map.entry("nelbo_mc", Likelihoods::nelbo),
            Map.entry("gumbel_argmax", Steps::gumbel),
            Map.entry("timestep_embedding", Steps::times),
            Map.entry("cached_logits", BlockModes::partOfBlock),
            Map.entry("logits_train_mode", BlockModes::training),
            Map.entry("logits_kvcache", BlockModes::cache),
            Map.entry("chat_template", TextReplay::chat),
            Map.entry("decode", Images::decode),
            Map.entry("encode", Images::encode),
            Map.entry("vq_decode", Images::decode),
            Map.entry("vq_encode", Images::encode),
            Map.entry("t2i_generate", Images::generate),
            Map.entry("schedule", Embeddings::schedule),
            Map.entry("denoise", Embeddings::denoise),
            Map.entry("get_logits", Embeddings::words),
            Map.entry("q_sample", Embeddings::diffuse),
            Map.entry("e2e_loss", Embeddings::loss),
            Map.entry("continuous_sample", Embeddings::sample));

    private Verification() {}

    /** Replays every fixture at or below {@code folder}; {@code listener} hears of each test as it is done. */
    public static List<TestResult> run(Path folder, Consumer<TestResult> listener) {
        List<Path> found = fixtures(folder);
        if (found.isEmpty()) {
            throw new InvalidFileException(folder, "holds no fixture: neither manifest.json nor fixtures.json");
        }
        List<TestResult> results = new ArrayList<>();
        for (Path fixture : found) {
            replay(folder, fixture, result -> {
                results.add(result);
                listener.accept(result);
            });
        }
        return results;
    }

    private static List<Path> fixtures(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isDirectory)
                    .filter(Fixture::isAt)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void replay(Path root, Path folder, Consumer<TestResult> listener) {
        String name = root.equals(folder)
                ? String.valueOf(folder.getFileName())
                : root.relativize(folder).toString();
        try (Fixture fixture = Fixture.open(folder)) {
            Replay.Subject subject = subject(fixture);
            fixture.tests().forEach(test -> listener.accept(replay(name, subject, test)));
        }
    }

    /** Only a family there is no code for lets its tests fail one by one; a broken checkpoint ends the run. */
    private static Replay.Subject subject(Fixture fixture) {
        Path folder = fixture.model();
        return new Replay.Subject(
                fixture,
                PublishedModel.isKnown(folder)
                        ? Optional.of(PublishedModel.load(folder, Precision.FP32))
                        : Optional.empty(),
                EmbeddingModel.isAt(folder)
                        ? Optional.of(EmbeddingModel.load(folder, Precision.FP32))
                        : Optional.empty(),
                Stream.of(folder, fixture.folder().resolve("vq"))
                        .filter(ImageModel::isAt)
                        .findFirst()
                        .map(ImageModel::load));
    }

    private static TestResult replay(String folder, Replay.Subject subject, RecordedTest test) {
        Replay replay = KINDS.get(test.kind());
        if (replay == null) {
            return failed(folder, test, "unsupported: there is no code for tests of this kind");
        }
        try (Scope memory = Scope.inference()) {
            Comparison comparison = new Comparison(test);
            replay.run(subject, test, comparison);
            return comparison.result(folder);
        } catch (UnsupportedTestException e) {
            return failed(folder, test, "unsupported: " + e.getMessage());
        } catch (RuntimeException e) {
            return failed(folder, test, String.valueOf(e));
        }
    }

    private static TestResult failed(String folder, RecordedTest test, String message) {
        return new TestResult(folder, test.name(), test.kind(), OptionalDouble.empty(), false, message);
    }
}
