package io.palimpsest.training.data;

/**
 * One sequence to learn from.
 *
 * @param ids its tokens
 * @param start the first position that may be hidden, at least 1: tokens before it are context only
 */
public record Example(int[] ids, int start) {

    public Example {
        if (start < 1 || start >= ids.length) {
            throw new IllegalArgumentException("an example of " + ids.length
                    + " tokens needs its first learnt position within 1.." + (ids.length - 1) + "; got " + start);
        }
    }
}
