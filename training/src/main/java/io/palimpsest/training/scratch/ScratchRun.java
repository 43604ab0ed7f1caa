package io.palimpsest.training.scratch;

import io.palimpsest.diffusion.noise.TokenStatistics;
import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.data.Batches;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.ExampleStore;
import io.palimpsest.training.objective.TimedNetwork;
import io.palimpsest.training.settings.YamlFile;
import io.palimpsest.training.trainer.HeldOut;
import io.palimpsest.training.trainer.ProgressLine;
import io.palimpsest.training.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Makes a model from nothing: learns a vocabulary, stores the text as ids, trains, and leaves a folder that every command
 * opens. Each part is skipped where its result is there already and goes on where it was stopped.
 *
 * <pre>
 * OUTPUT/text/    tokenizer.json, training.* and held-out.*: the text as token ids
 * OUTPUT/run/     checkpoint.safetensors, metrics.jsonl, report.html
 * OUTPUT/model/   config.json, model.safetensors, tokenizer.json
 * </pre>
 */
public final class ScratchRun {

    private static final int HELD_OUT_BATCH = 8;

    private final ScratchPlan plan;
    private final Path output;
    private final Consumer<String> progress;
    private final PreparedText text;

    private ScratchRun(ScratchPlan plan, Path folder, Consumer<String> progress) {
        this.plan = plan;
        this.output = folder.resolve(plan.output()).normalize();
        this.progress = progress;
        this.text = new PreparedText(plan, folder, output.resolve("text"), progress);
    }

    /** What came out: the model's folder and the page about the run. */
    public record Result(Path model, Path report) {}

    /** Does what the plan in {@code file} says. */
    public static Result run(Path file, Consumer<String> progress) {
        ScratchPlan plan = YamlFile.read(file, ScratchPlan.class);
        return new ScratchRun(plan, YamlFile.folder(file), progress).run();
    }

    private Result run() {
        Cpu.threads(plan.threads());
        text.prepare();
        FreshModel model = fresh();
        try (ExampleStore training = text.open(PreparedText.TRAINING);
                ExampleStore heldOut = text.open(PreparedText.HELD_OUT)) {
            Path run = output.resolve("run");
            Map<String, Tensor> weights = trainer(model, training, heldOut, run).run();
            Path folder = new ModelWriter(plan, output.resolve("model")).write(model, weights, text.tokenizer());
            return new Result(folder, run.resolve("report.html"));
        } catch (IOException e) {
            throw new UncheckedIOException("the stored text cannot be closed", e);
        }
    }

    /** An untrained network. */
    private FreshModel fresh() {
        ScratchPlan.Model m = plan.model();
        try (Tokenizer tokenizer = text.openTokenizer()) {
            Dit.Config config = new Dit.Config(
                    m.layers(),
                    m.dim(),
                    m.heads(),
                    ScratchPlan.Model.CONDITION,
                    tokenizer.size() + 1, // and the mask
                    m.timeConditioned(),
                    m.timeConditioned());
            Precision precision = m.compute() == ScratchPlan.Compute.BF16 ? Precision.MIXED : Precision.FP32;
            FreshModel model = FreshModel.of(config, precision, Seed.of(plan.seed()));
            progress.accept(model.size() + " weights, " + config.vocabulary() + " tokens");
            return model;
        }
    }

    private Trainer trainer(FreshModel model, ExampleStore training, ExampleStore heldOut, Path run) {
        TimedNetwork network = model.dit()::logits;
        List<Example> measured = IntStream.range(
                        0, Math.min(heldOut.size(), plan.data().heldOutExamples()))
                .mapToObj(heldOut::get)
                .toList();
        progress.accept(training.size() + " examples to train on, " + measured.size() + " held out");
        return new Trainer(
                model.parameters(),
                plan.objective().of(network, model.mask(), () -> statistics(training, model)),
                new Batches(
                        training, plan.training().batch(), Seed.of(plan.seed()).child(1)),
                Optional.of(new HeldOut(
                        plan.objective().likelihood(network, model.mask()), measured, HELD_OUT_BATCH, Seed.of(77))),
                plan.training().settings(plan.seed()),
                run,
                new ProgressLine(progress));
    }

    private static TokenStatistics statistics(ExampleStore training, FreshModel model) {
        return TokenStatistics.count(() -> training.stream().map(Example::ids).iterator(), model.mask() + 1);
    }
}
