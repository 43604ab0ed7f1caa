package io.palimpsest.model.folder;

import io.palimpsest.diffusion.denoiser.Denoiser;

/** A network that has been loaded. */
public interface Network {

    /**
     * A denoiser with caches of its own, for one thread. Where the network also has an autoregressive mode it is a
     * {@link io.palimpsest.diffusion.denoiser.HybridDenoiser} as well.
     */
    Denoiser open();
}
