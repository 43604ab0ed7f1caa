/**
 * What turns one model into another without touching its weights.
 *
 * <p>{@link io.palimpsest.training.adapter.GatedAdapter} puts low-rank factors (LoRA, arXiv:2106.09685) beside every linear map
 * that canvas rows pass, and an embedding for hidden positions; clean rows never see either. It is saved as PEFT saves LoRA,
 * so that other tools can read it, and read back for further training.
 */
@NullMarked
package io.palimpsest.training.adapter;

import org.jspecify.annotations.NullMarked;
