package io.palimpsest.training.scratch;

import io.palimpsest.model.architecture.Dit;
import io.palimpsest.model.folder.Configuration;
import io.palimpsest.model.folder.PublishedModel;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import io.palimpsest.tensor.file.Safetensors;
import io.palimpsest.training.objective.TimedNetwork;
import io.palimpsest.training.settings.YamlFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Trains a diffusion transformer further: one that {@link ScratchRun} made, or a published one of its layout. Its vocabulary and
 * shape stay. Each part is skipped where its result is there already and goes on where it was stopped.
 *
 * <pre>
 * OUTPUT/text/    tokenizer.json, training.* and held-out.*: the text as token ids
 * OUTPUT/run/     checkpoint.safetensors, metrics.jsonl, report.html
 * OUTPUT/model/   config.json, model.safetensors, tokenizer.json
 * </pre>
 */
public final class FurtherRun {

    private static final List<String> KEPT = List.of("config.json", "tokenizer.json");

    private final FurtherPlan plan;
    private final Path folder;
    private final Path base;
    private final Path output;
    private final Consumer<String> progress;

    private FurtherRun(FurtherPlan plan, Path folder, Path base, Consumer<String> progress) {
        this.plan = plan;
        this.folder = folder;
        this.base = base;
        this.output = folder.resolve(plan.output()).normalize();
        this.progress = progress;
    }

    /** Does what the plan in {@code file} says with the model at {@code base}. */
    public static ScratchRun.Result run(Path file, Path base, Consumer<String> progress) {
        FurtherPlan plan = YamlFile.read(file, FurtherPlan.class);
        return new FurtherRun(plan, YamlFile.folder(file), base, progress).run();
    }

    private ScratchRun.Result run() {
        Cpu.threads(plan.threads());
        PublishedModel model = open();
        Configuration config = model.config();
        PreparedText text = new PreparedText(plan.data(), folder, output.resolve("text"), progress);
        text.prepare(base.resolve("tokenizer.json"));
        Dit dit = dit(model);
        Map<String, Tensor> parameters = dit.parameters();
        parameters.values().forEach(Tensor::requireGrad);
        int mask = config.integer("vocab_size", 2, 1 << 24) - 1;
        Path run = output.resolve("run");
        TextTraining training = new TextTraining(plan.data(), plan.objective(), plan.training(), plan.seed(), progress);
        TextTraining.Network network = new TextTraining.Network(dit, mask, parameters);
        Map<String, Tensor> weights = training.run(network, this::teacher, text, run);
        return new ScratchRun.Result(write(weights), run.resolve("report.html"));
    }

    private PublishedModel open() {
        PublishedModel model = PublishedModel.load(base, plan.compute().precision());
        String type = model.config().text("model_type");
        if (!type.equals(plan.objective().family())) {
            throw new IllegalArgumentException("the plan's objective trains models of type "
                    + plan.objective().family() + ", but " + base + " is of type " + type);
        }
        return model;
    }

    private TimedNetwork teacher() {
        return dit(open())::logits;
    }

    private static Dit dit(PublishedModel model) {
        if (model.network() instanceof Dit dit) {
            return dit;
        }
        throw new IllegalArgumentException(
                model.family() + " is no diffusion transformer; what train makes from nothing can be trained further");
    }

    private Path write(Map<String, Tensor> weights) {
        Path model = output.resolve("model");
        try (Scope memory = Scope.inference()) {
            Files.createDirectories(model);
            for (String name : KEPT) {
                Files.copy(base.resolve(name), model.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
            Safetensors.write(model.resolve("model.safetensors"), weights, Map.of("format", "pt"));
            return model;
        } catch (IOException e) {
            throw new UncheckedIOException("the model cannot be written to " + model, e);
        }
    }
}
