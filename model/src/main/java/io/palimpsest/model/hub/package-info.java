/**
 * Published models: fetched from a hub that speaks the Hugging Face protocol, kept in the cache that all its tools share.
 *
 * <p>{@link io.palimpsest.model.hub.Hub#pull} asks the hub which files a repository has at a revision, chooses those that a
 * model is read from ({@link io.palimpsest.model.hub.Selection}) and fetches them. Nothing that is fetched is ever executed:
 * Python code and pickled weights stay where they are.
 *
 * <p>The protocol is small:
 *
 * <pre>
 * GET  /api/models/{repo}/revision/{rev}    the commit and the names of its files
 * HEAD /{repo}/resolve/{commit}/{file}      X-Repo-Commit, X-Linked-Etag or ETag, X-Linked-Size or Content-Length
 * GET  /{repo}/resolve/{commit}/{file}      the bytes, after a redirect to another host where they are large; Range works
 * </pre>
 *
 * <p>The etag is also the checksum: the SHA-256 of a large file (Git LFS), and of a small one the id that Git gives it, the
 * SHA-1 of {@code "blob " + length + "\0" + bytes}. Every file is checked before it gets its name. The token goes to the
 * hub's own host and nowhere else.
 *
 * <p>The cache is laid out as Python's {@code huggingface_hub} has it, so that each side finds what the other has fetched:
 *
 * <pre>
 * $HF_HUB_CACHE, else $HF_HOME/hub, else ~/.cache/huggingface/hub
 *   models--{org}--{name}/
 *     blobs/{etag}                 the bytes; {etag}.incomplete while they arrive, and after an interruption
 *     refs/{branch or tag}         the commit it stood for
 *     snapshots/{commit}/{file}    a relative link to its blob; where links cannot be made, the file itself
 *   .locks/models--{org}--{name}/  one process at a time
 * </pre>
 */
@NullMarked
package io.palimpsest.model.hub;

import org.jspecify.annotations.NullMarked;
