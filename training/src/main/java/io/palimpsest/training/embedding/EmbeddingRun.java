package io.palimpsest.training.embedding;

import io.palimpsest.diffusion.noise.TimeWarp;
import io.palimpsest.diffusion.noise.Times;
import io.palimpsest.diffusion.process.WordDenoiser;
import io.palimpsest.model.architecture.EmbeddingDit;
import io.palimpsest.model.architecture.NoisedTextClassifier;
import io.palimpsest.model.folder.EmbeddingDitModel;
import io.palimpsest.model.layer.Loader;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Batches;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.objective.EmbeddingDiffusion;
import io.palimpsest.training.objective.NoisedClassification;
import io.palimpsest.training.objective.Objective;
import io.palimpsest.training.scratch.FreshWeights;
import io.palimpsest.training.scratch.ScratchPlan.Compute;
import io.palimpsest.training.settings.TrainerSettings;
import io.palimpsest.training.settings.YamlFile;
import io.palimpsest.training.trainer.HeldOut;
import io.palimpsest.training.trainer.ProgressLine;
import io.palimpsest.training.trainer.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes a continuous diffusion model from nothing: learns a vocabulary of words, trains network and embeddings, then the classifier that
 * steers it, and leaves a folder that every command opens. Each part goes on where it was stopped.
 *
 * <pre>
 * OUTPUT/text/         tokenizer.json
 * OUTPUT/run/          checkpoint.safetensors, metrics.jsonl, report.html
 * OUTPUT/classifier/   the same for the classifier
 * OUTPUT/model/        config.json, model.safetensors, tokenizer.json, classifier.json, classifier.safetensors
 * </pre>
 */
public final class EmbeddingRun {

    private static final int WARP_BINS = 40;

    /** Texts differ much in how hard they are: some hundreds tell the mean of a bin well enough for a slope. */
    private static final double WARP_MEMORY = 0.998;

    private static final int HELD_OUT_BATCH = 256;

    private final EmbeddingPlan plan;
    private final Path output;
    private final Consumer<String> progress;
    private final PreparedTexts texts;

    private EmbeddingRun(EmbeddingPlan plan, Path folder, Consumer<String> progress) {
        this.plan = plan;
        this.output = folder.resolve(plan.output()).normalize();
        this.progress = progress;
        this.texts = PreparedTexts.read(plan, folder, output.resolve("text"));
    }

    /** What came out: the model's folder and the page about the run. */
    public record Result(Path model, Path report) {}

    /** Does what the plan in {@code file} says. */
    public static Result run(Path file, Consumer<String> progress) {
        EmbeddingPlan plan = YamlFile.read(file, EmbeddingPlan.class);
        Cpu.threads(plan.threads());
        return new EmbeddingRun(plan, YamlFile.folder(file), progress).run();
    }

    private Result run() {
        progress.accept(texts.training().size() + " texts to train on, "
                + texts.heldOut().size() + " held out, " + texts.vocabulary() + " words");
        EmbeddingWriter writer = new EmbeddingWriter(plan, texts, output.resolve("model"));
        trainNetwork(writer);
        if (plan.classifier().layers() > 0) {
            trainClassifier(writer);
        }
        return new Result(writer.folder(), output.resolve("run").resolve("report.html"));
    }

    private void trainNetwork(EmbeddingWriter writer) {
        EmbeddingDit.Config shape = new EmbeddingDit.Config(
                plan.model().body(texts.vocabulary()), plan.model().channels());
        EmbeddingDit network = EmbeddingDit.load(fresh(0), shape);
        Map<String, Tensor> parameters = trainable(network.parameters());
        TimeWarp warp = new TimeWarp(WARP_BINS, WARP_MEMORY);
        Map<String, Tensor> weights = train(
                parameters,
                objective(network, warp),
                objective(network, Times.antithetic(0)),
                texts.examples(texts.training()),
                texts.examples(texts.heldOut()),
                plan.training(),
                "run");
        writer.write(weights, warp.density());
    }

    private EmbeddingDiffusion objective(WordDenoiser network, Times times) {
        return new EmbeddingDiffusion(
                network, plan.noise(), times, texts.special().padding(), plan.selfConditioning());
    }

    private void trainClassifier(EmbeddingWriter writer) {
        EmbeddingDitModel words = EmbeddingDitModel.load(writer.folder(), Precision.FP32);
        NoisedTextClassifier.Config shape = new NoisedTextClassifier.Config(
                plan.classifier().body(),
                plan.model().channels(),
                texts.labels().tags().size(),
                texts.labels().counts(),
                texts.labels().spans().size());
        NoisedTextClassifier classifier = NoisedTextClassifier.load(fresh(1), shape);
        Objective objective = new NoisedClassification(
                classifier,
                words.network(),
                plan.noise(),
                Times.antithetic(0),
                plan.data().length());
        Map<String, Tensor> weights = train(
                trainable(classifier.parameters()),
                objective,
                objective,
                PreparedTexts.labelled(texts.training()),
                PreparedTexts.labelled(texts.heldOut()),
                plan.classifier().training(),
                "classifier");
        writer.writeClassifier(weights);
    }

    private Loader fresh(int part) {
        Precision precision = plan.model().compute() == Compute.BF16 ? Precision.MIXED : Precision.FP32;
        return Loader.of(new FreshWeights(Seed.of(plan.seed()).child(part)), precision);
    }

    private Map<String, Tensor> trainable(Map<String, Tensor> parameters) {
        parameters.values().forEach(Tensor::requireGrad);
        progress.accept(parameters.values().stream().mapToLong(Tensor::numel).sum() + " weights");
        return parameters;
    }

    private Map<String, Tensor> train(
            Map<String, Tensor> parameters,
            Objective objective,
            Objective measured,
            List<Example> training,
            List<Example> heldOut,
            TrainerSettings settings,
            String name) {
        List<Example> looked =
                heldOut.subList(0, Math.min(heldOut.size(), plan.data().heldOutExamples()));
        return new Trainer(
                        parameters,
                        objective,
                        new Batches(
                                training, settings.batch(), Seed.of(plan.seed()).child(1)),
                        Optional.of(new HeldOut(measured, looked, HELD_OUT_BATCH, Seed.of(77))),
                        settings.settings(plan.seed()),
                        output.resolve(name),
                        new ProgressLine(progress))
                .run();
    }
}
