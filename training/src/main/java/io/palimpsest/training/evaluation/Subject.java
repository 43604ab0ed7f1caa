package io.palimpsest.training.evaluation;

import io.palimpsest.diffusion.denoiser.Denoiser;
import io.palimpsest.model.architecture.GatedLlama;
import io.palimpsest.model.folder.LanguageModel;
import io.palimpsest.model.folder.ModelFolder;
import io.palimpsest.model.folder.Options;
import io.palimpsest.model.tokenizer.Message;
import io.palimpsest.tensor.Scope;
import io.palimpsest.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * A model under measurement, with one session.
 *
 * @param model its tokenizer, template and stop tokens
 * @param session the network
 */
record Subject(LanguageModel model, GatedLlama.Session session) implements AutoCloseable {

    static Subject of(ModelFolder folder, Options options) {
        LanguageModel model = folder.load(options);
        Denoiser denoiser = model.network().open();
        if (denoiser instanceof GatedLlama.Session session) {
            return new Subject(model, session);
        }
        model.close();
        throw new IllegalArgumentException("the model " + model.name()
                + " has no autoregressive mode; what evaluate measures is the distance between a model's two modes");
    }

    boolean hasState() {
        return session.model().state().isPresent();
    }

    /** The same model with hidden positions that are the mask alone; closing it closes its caches only. */
    Subject withoutState() {
        return new Subject(model, session.model().withoutState().open());
    }

    int[] prompt(String request) {
        return model.template()
                .map(template -> model.tokenizer().encodeChat(template, List.of(Message.user(request)), true))
                .orElseGet(() -> model.tokenizer().encode(request));
    }

    /** The log-probability of each token but the first, given those before it, under the autoregressive mode. */
    double[] logProbabilities(int[] ids) {
        try (Scope memory = Scope.inference()) {
            Tensor all = session.causal(Arrays.copyOf(ids, ids.length - 1)).logSoftmax(-1); // (n - 1, V)
            Tensor truth = Tensor.ids(Arrays.copyOfRange(ids, 1, ids.length)).unsqueeze(1);
            return all.gather(1, truth).squeeze(1).toDoubles();
        }
    }

    @Override
    public void close() {
        session.close();
        model.close();
    }
}
