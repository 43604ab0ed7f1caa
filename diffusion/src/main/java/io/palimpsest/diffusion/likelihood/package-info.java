/**
 * How probable a text is to a model that denoises.
 *
 * <p>Such a model has no one order in which it reads, so its likelihood is bounded or belongs to an order:
 * {@link io.palimpsest.diffusion.likelihood.LikelihoodBound} hides random parts of a text and weighs what the model says of
 * them (LLaDA, arXiv:2502.09992; MDLM, arXiv:2406.07524; BD3-LM, arXiv:2503.09573);
 * {@link io.palimpsest.diffusion.likelihood.AnyOrder} is exact for one order.
 */
@NullMarked
package io.palimpsest.diffusion.likelihood;

import org.jspecify.annotations.NullMarked;
