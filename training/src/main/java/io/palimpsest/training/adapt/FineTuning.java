package io.palimpsest.training.adapt;

import io.palimpsest.model.architecture.Llama;
import io.palimpsest.model.folder.FileChecksum;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.layer.Precision;
import io.palimpsest.tensor.Cpu;
import io.palimpsest.tensor.DType;
import io.palimpsest.tensor.Seed;
import io.palimpsest.training.adapter.AdapterCard;
import io.palimpsest.training.adapter.GatedAdapter;
import io.palimpsest.training.data.Batches;
import io.palimpsest.training.data.Conversations;
import io.palimpsest.training.data.Example;
import io.palimpsest.training.data.ExampleFile;
import io.palimpsest.training.data.HoldOut;
import io.palimpsest.training.objective.MaskedNextToken;
import io.palimpsest.training.settings.YamlFile;
import io.palimpsest.training.trainer.HeldOut;
import io.palimpsest.training.trainer.Metrics;
import io.palimpsest.training.trainer.ProgressLine;
import io.palimpsest.training.trainer.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Teaches a gated model a user's own conversations: its adapter goes on learning, the base stays frozen.
 *
 * <p>Targets are the conversations' own tokens and not the base's opinion, so the canvas mode learns what the base does not
 * know. Verified decoding keeps what the base agrees with, and so takes it back: what was learnt shows in unverified decoding.
 *
 * <pre>
 * OUTPUT/run/       checkpoint.safetensors, metrics.jsonl, report.html
 * OUTPUT/adapter/   adapter_model.safetensors, adapter_config.json
 * OUTPUT/model/     the base beside the adapter: a model folder for every command
 * </pre>
 */
public final class FineTuning {

    private static final int NO_ENTRY_LAYER = 0;
    private static final int NO_SAMPLER = 0;

    private final FineTuningPlan plan;
    private final Path folder;
    private final Path base;
    private final Path output;
    private final Consumer<String> progress;

    private FineTuning(FineTuningPlan plan, Path folder, Path base, Consumer<String> progress) {
        this.plan = plan;
        this.folder = folder;
        this.base = base;
        this.output = folder.resolve(plan.output()).normalize();
        this.progress = progress;
    }

    /**
     * What came out.
     *
     * @param model the folder of the model that has learnt
     * @param report the page about the run
     * @param before nats a held-out token before training, after which {@code after}; empty where nothing was held out
     */
    public record Result(
            Path model, Path report, Optional<HeldOut.Measured> before, Optional<HeldOut.Measured> after) {}

    /** Does what the plan in {@code file} says with the model at {@code base}. */
    public static Result run(Path file, Path base, Consumer<String> progress) {
        FineTuningPlan plan = YamlFile.read(file, FineTuningPlan.class);
        return new FineTuning(plan, YamlFile.folder(file), base, progress).run();
    }

    private Result run() {
        Cpu.threads(plan.threads());
        Corpus.Split examples = examples();
        progress.accept(examples.training().size() + " conversations to train on, "
                + examples.heldOut().size() + " held out");
        try (ModelFolder model = ModelFolder.open(base)) {
            GatedAdapter adapter = adapter(model);
            Optional<HeldOut> heldOut = Adaptation.heldOut(adapter, examples.heldOut());
            Optional<HeldOut.Measured> before = measure("before training", heldOut);
            Path run = output.resolve("run");
            trainer(adapter, examples.training(), heldOut, run).run();
            Optional<HeldOut.Measured> after = measure("after training", heldOut);
            ModelExport export = new ModelExport(base, output.resolve("model"));
            export.copyBase(model);
            AdapterCard card = card(model, run);
            adapter.save(output.resolve("adapter"), card);
            adapter.save(export.folder(), card);
            return new Result(export.folder(), run.resolve("report.html"), before, after);
        }
    }

    private Corpus.Split examples() {
        HoldOut holdOut = new HoldOut(plan.data().heldOut());
        Corpus.Split split = new Corpus.Split(new ArrayList<>(), new ArrayList<>());
        try (ModelFolder opened = ModelFolder.open(base);
                LanguageModel model = opened.load(Options.defaults())) {
            Conversations conversations = new Conversations(model.tokenizer(), model.template(), model::boundary);
            for (String file : plan.data().files()) {
                for (Example example :
                        conversations.read(folder.resolve(file), plan.data().longest())) {
                    split.add(holdOut.isHeldOut(ExampleFile.line(example)), example);
                }
            }
        }
        return split;
    }

    /** The model's own adapter, or a fresh one. */
    private GatedAdapter adapter(ModelFolder model) {
        Llama body = model.base(Precision.BF16, Optional.empty());
        return Files.exists(base.resolve("adapter_config.json"))
                ? GatedAdapter.load(body, base, DType.BF16)
                : GatedAdapter.fresh(
                        body,
                        plan.rank(),
                        2.0 * plan.rank(),
                        NO_ENTRY_LAYER,
                        NO_SAMPLER,
                        false,
                        DType.BF16,
                        Seed.of(plan.seed()));
    }

    private Optional<HeldOut.Measured> measure(String when, Optional<HeldOut> heldOut) {
        Optional<HeldOut.Measured> measured = heldOut.map(HeldOut::measure);
        measured.ifPresent(m -> progress.accept(String.format(
                Locale.ROOT, "held out, %s: %.3f nats a token (%d tokens)", when, m.loss(), m.targets())));
        return measured;
    }

    private Trainer trainer(GatedAdapter adapter, List<Example> examples, Optional<HeldOut> heldOut, Path run) {
        FineTuningPlan.Objective o = plan.objective();
        int[] lengths = o.blockLengths().stream().mapToInt(Integer::intValue).toArray();
        MaskedNextToken objective = new MaskedNextToken(
                new MaskedNextToken.Settings(lengths, o.fullyHidden(), o.rightContext(), 0, o.tilings(), 1));
        return new Trainer(
                adapter.parameters(),
                objective.of(adapter.model()),
                new Batches(
                        examples, plan.training().batch(), Seed.of(plan.seed()).child(1)),
                heldOut,
                plan.training().settings(plan.seed()),
                run,
                new ProgressLine(progress));
    }

    private AdapterCard card(ModelFolder model, Path run) {
        return new AdapterCard(
                model.name(),
                FileChecksum.sha256(model.weightsFile()),
                plan.objective().blockLengths(),
                new Metrics(run.resolve("metrics.jsonl")).targets());
    }
}
