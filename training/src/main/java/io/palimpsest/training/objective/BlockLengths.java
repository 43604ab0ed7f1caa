package io.palimpsest.training.objective;

import io.palimpsest.tensor.Seed;
import java.util.List;

/** How long the blocks of block diffusion are, batch by batch. */
public sealed interface BlockLengths {

    /** The length for one batch. */
    int draw(Seed seed);

    /** These lengths as they are once {@code share} of a run is over. */
    default BlockLengths after(double share) {
        return this;
    }

    /** One of several, each as likely: a network that works with all of them. */
    record Mixed(List<Integer> lengths) implements BlockLengths {

        public Mixed {
            lengths = List.copyOf(lengths);
            if (lengths.isEmpty() || lengths.stream().anyMatch(length -> length < 1)) {
                throw new IllegalArgumentException("block lengths must be at least 1 each; got " + lengths);
            }
        }

        @Override
        public int draw(Seed seed) {
            return lengths.get(seed.below(lengths.size()));
        }
    }

    /**
     * One after the other in equal parts of the run: from short blocks, which are nearly autoregressive, to long ones (the
     * warm-up of LLaDA 2.0's warm-up-stable-decay schedule: 1, 4, 32, 64, 4096).
     */
    record WarmedUp(List<Integer> stages) implements BlockLengths {

        public WarmedUp {
            stages = new Mixed(stages).lengths();
        }

        @Override
        public int draw(Seed seed) {
            return stages.get(0);
        }

        @Override
        public BlockLengths after(double share) {
            return new Mixed(List.of(stages.get(Math.min(stages.size() - 1, (int) (share * stages.size())))));
        }
    }
}
