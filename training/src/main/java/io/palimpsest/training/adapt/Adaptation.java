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
import io.palimpsest.training.data.Example;
import io.palimpsest.training.evaluation.Evaluation;
import io.palimpsest.training.evaluation.EvaluationReport;
import io.palimpsest.training.objective.MaskedNextToken;
import io.palimpsest.training.quantization.Smoothing;
import io.palimpsest.training.settings.YamlFile;
import io.palimpsest.training.trainer.HeldOut;
import io.palimpsest.training.trainer.Metrics;
import io.palimpsest.training.trainer.ProgressLine;
import io.palimpsest.training.trainer.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Turns an autoregressive model into a diffusion model, from a recipe to a model folder: the base writes its training text,
 * the adapter is trained, 8-bit scales are found, the result is measured. Each part is skipped where its result is there
 * already and goes on where it was stopped.
 *
 * <pre>
 * OUTPUT/text/        what the base wrote, and passages, as token ids
 * OUTPUT/run/         checkpoint.safetensors, metrics.jsonl, report.html
 * OUTPUT/model/       the base beside the adapter: a model folder for every command
 * OUTPUT/evaluation.json
 * </pre>
 */
public final class Adaptation {

    private static final int HELD_OUT_BLOCK = 8;
    private static final int MOST_HELD_OUT = 64;
    private static final int HELD_OUT_BATCH = 8;
    private static final int CALIBRATION_TOKENS = 128;
    private static final int CALIBRATION_TEXTS = 12;

    private final Recipe recipe;
    private final Path folder;
    private final Path base;
    private final Path output;
    private final Corpus corpus;
    private final Consumer<String> progress;

    private Adaptation(Recipe recipe, Path folder, Consumer<String> progress) {
        this.recipe = recipe;
        this.folder = folder;
        this.base = folder.resolve(recipe.base());
        this.output = folder.resolve(recipe.output());
        this.corpus = new Corpus(recipe, folder, output.resolve("text"), progress);
        this.progress = progress;
    }

    /**
     * What came out.
     *
     * @param model the folder of the adapted model
     * @param report the page about the training run
     * @param evaluation what was measured; empty where the recipe asks for nothing
     */
    public record Result(Path model, Path report, Optional<EvaluationReport> evaluation) {}

    /** Does what the recipe in {@code file} says. */
    public static Result run(Path file, Consumer<String> progress) {
        Recipe recipe = Recipe.read(file);
        return new Adaptation(recipe, YamlFile.folder(file), progress).run();
    }

    private Result run() {
        Cpu.threads(recipe.threads());
        Path run = output.resolve("run");
        ModelExport export = new ModelExport(base, output.resolve("model"));
        try (ModelFolder folder = ModelFolder.open(base)) {
            export.copyBase(folder);
            smooth(folder, export);
        }
        write(export.folder());
        try (ModelFolder folder = ModelFolder.open(base)) {
            GatedAdapter adapter = train(folder, run);
            adapter.save(export.folder(), card(folder, run));
        }
        return new Result(export.folder(), run.resolve("report.html"), evaluate(export.folder()));
    }

    private void smooth(ModelFolder folder, ModelExport export) {
        Path file = export.folder().resolve("smoothing.safetensors");
        if (Files.exists(file) || recipe.smoothing().alphas().isEmpty()) {
            return;
        }
        List<int[]> texts = corpus.calibrationTexts(folder, 2 * CALIBRATION_TEXTS, CALIBRATION_TOKENS);
        int half = texts.size() / 2;
        Smoothing.search(
                folder,
                recipe.smoothing().alphas(),
                texts.subList(0, half),
                texts.subList(half, texts.size()),
                file,
                progress);
    }

    /** The base writes its text in the fastest precision, without an adapter. */
    private void write(Path bare) {
        Options options = Options.defaults().threads(recipe.threads());
        try (ModelFolder folder = ModelFolder.open(bare);
                LanguageModel model = folder.load(options)) {
            corpus.write(model);
        }
    }

    private GatedAdapter train(ModelFolder model, Path run) {
        Recipe.Adapter shape = recipe.adapter();
        Llama body = model.base(Precision.BF16, Optional.empty());
        GatedAdapter adapter = GatedAdapter.fresh(
                body,
                shape.rank(),
                shape.alpha(),
                shape.entryLayer(),
                shape.samplerHidden(),
                shape.continuousState(),
                DType.BF16,
                Seed.of(recipe.seed()));
        if (!shape.from().isEmpty()) {
            adapter.start(GatedAdapter.load(body, folder.resolve(shape.from()), DType.BF16));
        }
        Corpus.Split split = corpus.examples(recipe.training().longest());
        progress.accept(split.training().size() + " sequences to train on, "
                + split.heldOut().size() + " held out");
        new Trainer(
                        adapter.parameters(),
                        objective().of(adapter.model()),
                        new Batches(
                                split.training(),
                                recipe.training().batch(),
                                Seed.of(recipe.seed()).child(1)),
                        heldOut(adapter, split.heldOut()),
                        recipe.training().trainer().settings(recipe.seed()),
                        run,
                        new Snapshots(
                                new ProgressLine(progress),
                                recipe.training().snapshotEvery(),
                                step -> adapter.save(
                                        output.resolve("snapshots").resolve(String.valueOf(step)), card(model, run))))
                .run();
        return adapter;
    }

    private MaskedNextToken objective() {
        Recipe.Objective o = recipe.objective();
        int[] lengths = o.blockLengths().stream().mapToInt(Integer::intValue).toArray();
        return new MaskedNextToken(new MaskedNextToken.Settings(
                lengths, o.fullyHidden(), o.rightContext(), o.soft(), o.tilings(), o.teacherTokens(), o.stated()));
    }

    /** Everything hidden, nothing to the right, the text's own tokens as targets. */
    static Optional<HeldOut> heldOut(GatedAdapter adapter, List<Example> examples) {
        MaskedNextToken hidden =
                new MaskedNextToken(new MaskedNextToken.Settings(new int[] {HELD_OUT_BLOCK}, 1, 0, 0, 1, 1));
        return examples.isEmpty()
                ? Optional.empty()
                : Optional.of(new HeldOut(
                        hidden.of(adapter.model()),
                        examples.subList(0, Math.min(MOST_HELD_OUT, examples.size())),
                        HELD_OUT_BATCH,
                        Seed.of(77)));
    }

    private AdapterCard card(ModelFolder folder, Path run) {
        return new AdapterCard(
                folder.name(),
                FileChecksum.sha256(folder.weightsFile()),
                recipe.objective().blockLengths(),
                targetsBefore() + new Metrics(run.resolve("metrics.jsonl")).targets());
    }

    private long targetsBefore() {
        String from = recipe.adapter().from();
        return from.isEmpty() ? 0 : AdapterCard.targets(folder.resolve(from));
    }

    private Optional<EvaluationReport> evaluate(Path model) {
        if (recipe.evaluate() == Recipe.Evaluate.NONE) {
            return Optional.empty();
        }
        try (ModelFolder folder = ModelFolder.open(model)) {
            EvaluationReport report = Evaluation.run(
                    folder,
                    Options.defaults().threads(recipe.threads()),
                    Evaluation.Settings.of(recipe.evaluate() == Recipe.Evaluate.QUICK, recipe.seed()),
                    progress);
            report.write(output.resolve("evaluation.json"));
            return Optional.of(report);
        }
    }
}
