package io.palimpsest.training.scratch;

import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.tokenizer.Tokenizer;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Seed;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.training.objective.TimedNetwork;
import io.palimpsest.training.settings.YamlFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

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

    private final ScratchPlan plan;
    private final Path output;
    private final Consumer<String> progress;
    private final PreparedText text;

    private ScratchRun(ScratchPlan plan, Path folder, Consumer<String> progress) {
        this.plan = plan;
        this.output = folder.resolve(plan.output()).normalize();
        this.progress = progress;
        this.text = new PreparedText(plan.data(), folder, output.resolve("text"), progress);
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
        text.prepare(plan.model().vocabulary());
        FreshModel model = fresh();
        Path run = output.resolve("run");
        TextTraining training = new TextTraining(plan.data(), plan.objective(), plan.training(), plan.seed(), progress);
        TextTraining.Network network = new TextTraining.Network(model.dit(), model.mask(), model.parameters());
        Map<String, Tensor> weights = training.run(network, ScratchRun::noTeacher, text, run);
        Path folder = new ModelWriter(plan, output.resolve("model")).write(model, weights, text.tokenizer());
        return new Result(folder, run.resolve("report.html"));
    }

    private static TimedNetwork noTeacher() {
        throw new IllegalArgumentException(
                "self_distilled needs a model to learn from: a plan of kind further, and --model");
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
            FreshModel model = FreshModel.of(config, m.compute().precision(), Seed.of(plan.seed()));
            progress.accept(model.size() + " weights, " + config.vocabulary() + " tokens");
            return model;
        }
    }
}
