package io.palimpsest.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.palimpsest.model.hub.HubServer.Refusal;
import io.palimpsest.model.hub.HubServer.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pull leaves behind, however the hub and the network behave. */
class HubTest {

    private static final Repository REPO = Repository.parse(HubServer.REPO);
    private static final byte[] WEIGHTS = random(3_000_000);
    private static final String SHA256 = HubServer.etag("model.safetensors", WEIGHTS);

    @TempDir
    private Path cache;

    private final List<Duration> waits = new ArrayList<>();
    private final HubServer server = new HubServer()
            .with("config.json", "{\"model_type\": \"tiny\"}")
            .with("tokenizer.json", "{}")
            .with("model.safetensors", WEIGHTS)
            .with("modeling_tiny.py", "print('no')")
            .with("pytorch_model.bin", "pickle")
            .with("README.md", "# Tiny");

    @AfterEach
    void stop() {
        server.close();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private Hub hub() {
        return hub(Optional.empty(), false);
    }

    private Hub hub(Optional<String> token, boolean offline) {
        HubSettings settings =
                new HubSettings(server.endpoint(), cache, token.map(secret -> new Token(secret, "HF_TOKEN")), offline);
        return new Hub(
                settings,
                new Patience(3, Duration.ofSeconds(1), Duration.ofMinutes(2), Duration.ofMillis(400), waits::add));
    }

    private Pulled pull() {
        return hub().pull(REPO, Optional.empty(), PullListener.NONE);
    }

    private Path root() {
        return cache.resolve("models--acme--tiny");
    }

    private Path incomplete() {
        return root().resolve("blobs").resolve(SHA256 + ".incomplete");
    }

    private void breakOffAfter(int... bytes) {
        for (int count : bytes) {
            server.cuts.add(count);
        }
    }

    private List<Request> storeRequests() {
        return server.requests.stream()
                .filter(request -> request.host().equals("store"))
                .toList();
    }

    @Test
    void the_cache_is_laid_out_as_python_has_it() throws IOException {
        Pulled pulled = pull();
        Path snapshot = root().resolve("snapshots").resolve(HubServer.COMMIT);
        assertThat(pulled.folder()).isEqualTo(snapshot);
        assertThat(root().resolve("refs/main")).hasContent(HubServer.COMMIT);
        assertThat(Files.readSymbolicLink(snapshot.resolve("model.safetensors")))
                .isEqualTo(Path.of("../../blobs/" + SHA256));
        assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(snapshot.resolve("config.json").toRealPath().getFileName())
                .hasToString(HubServer.etag("config.json", server.files.getOrDefault("config.json", new byte[0])));
        try (Stream<Path> blobs = Files.list(root().resolve("blobs"))) {
            assertThat(blobs).hasSize(3);
        }
    }

    @Test
    void code_and_pickles_stay_on_the_hub() {
        Pulled pulled = pull();
        assertThat(pulled.files()).containsExactlyInAnyOrder("config.json", "tokenizer.json", "model.safetensors");
        assertThat(pulled.leftOut())
                .containsOnly(
                        Map.entry("modeling_tiny.py", Selection.CODE),
                        Map.entry("pytorch_model.bin", Selection.PICKLE),
                        Map.entry("README.md", Selection.NOT_NEEDED));
        assertThat(server.requests).noneMatch(request -> request.path().contains("modeling_tiny.py"));
    }

    @Test
    void a_complete_model_is_not_fetched_again() {
        assertThat(pull().fetched()).isGreaterThan(WEIGHTS.length);
        server.requests.clear();
        assertThat(pull().fetched()).isZero();
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void a_pinned_commit_is_asked_for_by_its_name_and_leaves_no_ref() {
        hub().pull(Repository.parse(REPO.id() + "@" + HubServer.COMMIT), Optional.empty(), PullListener.NONE);
        assertThat(root().resolve("refs")).doesNotExist();
        assertThat(hub().find(Repository.parse(REPO.id() + "@" + HubServer.COMMIT)))
                .isPresent();
    }

    @Test
    void a_broken_connection_is_taken_up_where_it_broke() {
        breakOffAfter(1_000_000, 500_000);
        assertThat(pull().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(storeRequests()).hasSize(3);
        assertThat(storeRequests().get(0).range()).isEmpty();
        assertThat(storeRequests().get(2).range()).matches("bytes=[1-9]\\d+-");
    }

    @Test
    void a_connection_that_falls_silent_is_given_up_and_taken_up() {
        breakOffAfter(-1_000_000);
        assertThat(pull().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(storeRequests()).hasSize(2);
    }

    @Test
    void a_pull_that_gave_up_leaves_what_arrived_and_the_next_goes_on_there() throws IOException {
        breakOffAfter(1_000_000, 0, 0, 0);
        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining("of 3.0 MB are here; the same command goes on from there.");
        long begun = Files.size(incomplete());
        assertThat(begun).isPositive();
        assertThat(root().resolve("refs/main")).doesNotExist();
        server.cuts.clear();
        server.requests.clear();
        Pulled pulled = pull();
        assertThat(pulled.folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(pulled.fetched()).isBetween(WEIGHTS.length - begun, WEIGHTS.length - begun + 24);
        assertThat(storeRequests()).singleElement().extracting(Request::range).isEqualTo("bytes=" + begun + "-");
        assertThat(incomplete()).doesNotExist();
    }

    @Test
    void what_a_killed_process_left_is_checked_with_the_rest() throws IOException {
        Files.createDirectories(incomplete().getParent());
        byte[] begun = Arrays.copyOf(WEIGHTS, 777_777);
        begun[5] ^= 1;
        Files.write(incomplete(), begun);
        assertThatThrownBy(this::pull).hasMessageContaining("checksum").hasMessageContaining("try again");
        assertThat(incomplete()).doesNotExist();
        assertThat(pull().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {3_000_000, 3_000_001})
    void a_rest_that_is_already_as_long_or_longer_is_no_trouble(int length) throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), Arrays.copyOf(WEIGHTS, length));
        assertThat(pull().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(storeRequests()).hasSize(length == WEIGHTS.length ? 0 : 1);
    }

    @Test
    void a_host_without_ranges_sends_all_again() {
        server.ignoresRange = true;
        breakOffAfter(1_000_000);
        assertThat(pull().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    }

    @Test
    void a_wrong_checksum_deletes_the_file() {
        server.corrupt = true;
        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("model.safetensors did not arrive as it is on the hub")
                .hasMessageContaining(SHA256)
                .hasMessageContaining("try again");
        assertThat(incomplete()).doesNotExist();
        assertThat(root().resolve("blobs").resolve(SHA256)).doesNotExist();
        assertThat(hub().cached()).noneMatch(CachedModel::complete);
    }

    @Test
    void what_does_not_fit_on_the_disk_is_not_begun() {
        server.claimedSize = 100_000_000_000_000_000L;
        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("needs 100 PB")
                .hasMessageContaining("HF_HOME");
        assertThat(storeRequests()).isEmpty();
    }

    @Test
    void a_file_that_has_lost_its_end_is_fetched_again() throws IOException {
        server.listsSizes = true;
        pull();
        Files.write(root().resolve("blobs").resolve(SHA256), Arrays.copyOf(WEIGHTS, 10));
        assertThat(pull().folder().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(pull().fetched()).isZero();
    }

    @Test
    void an_answer_that_is_no_listing_is_said() {
        refuse(200, Map.of(), 1);
        assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageContaining("HF_ENDPOINT");
    }

    @Test
    void a_redirect_without_end_is_left() {
        refuse(302, Map.of("Location", "/again"), 20);
        assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageContaining("more than 10 times");
    }

    @Test
    void a_small_file_is_checked_by_its_git_id() {
        byte[] bytes = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
        RemoteFile file = new RemoteFile("config.json", HubServer.etag("config.json", bytes), bytes.length);
        Checksum checksum = Checksum.of(file);
        checksum.update(bytes, bytes.length);
        assertThat(checksum.hex()).isEqualTo(file.etag()).isEqualTo("4a036f56bb619924ec4189bd84ed716c766971ae");
    }

    @Test
    void an_empty_file_is_a_file() {
        server.with("merges.txt", "").with("model-extra.safetensors", new byte[0]);
        assertThat(pull().folder().resolve("merges.txt")).isEmptyFile();
    }

    @Test
    void two_files_with_the_same_bytes_are_fetched_once() {
        server.with("generation_config.json", "{}").with("special_tokens_map.json", "{}");
        Pulled pulled = pull();
        assertThat(pulled.folder().resolve("special_tokens_map.json")).hasContent("{}");
        assertThat(server.count("hub", "GET")).isEqualTo(1 + 2 + 1); // the list, two blobs, one redirect
    }

    @Test
    void files_arrive_side_by_side() {
        server.listed.remove("model.safetensors");
        server.delayMillis = 150;
        for (int i = 1; i <= 4; i++) {
            server.with("model-0000" + i + "-of-00004.safetensors", random(1000 + i));
        }
        server.with("model.safetensors.index.json", "{}");
        assertThat(pull().files()).hasSize(7);
        assertThat(server.busiest.get()).isGreaterThan(1);
    }

    @Test
    void the_token_goes_to_the_hub_and_nowhere_else() {
        server.token = Optional.of("hf_secret");
        hub(Optional.of("hf_secret"), false).pull(REPO, Optional.empty(), PullListener.NONE);
        assertThat(server.requests.stream().filter(request -> request.host().equals("hub")))
                .isNotEmpty()
                .allMatch(request -> request.authorization().equals("Bearer hf_secret"));
        assertThat(storeRequests())
                .isNotEmpty()
                .allMatch(request -> request.authorization().isEmpty());
    }

    @Test
    void the_token_is_in_no_message() {
        server.token = Optional.of("another");
        assertThatThrownBy(() -> hub(Optional.of("hf_secret"), false).pull(REPO, Optional.empty(), PullListener.NONE))
                .hasMessageContaining("licence")
                .hasMessageContaining("HF_TOKEN")
                .hasMessageNotContaining("hf_secret");
        assertThat(new HubSettings(server.endpoint(), cache, Optional.of(new Token("hf_secret", "HF_TOKEN")), false))
                .asString()
                .doesNotContain("hf_secret");
    }

    private void refuse(int status, Map<String, String> headers, int times) {
        for (int i = 0; i < times; i++) {
            server.refusals.add(new Refusal(status, headers));
        }
    }

    @Test
    void a_private_repository_asks_for_a_token() {
        refuse(401, Map.of(), 1);
        assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageContaining("set HF_TOKEN");
    }

    @Test
    void a_gated_repository_asks_to_accept_its_licence() {
        refuse(403, Map.of("X-Error-Code", "GatedRepo"), 1);
        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("accept its licence at " + server.endpoint() + "/acme/tiny");
    }

    @Test
    void what_is_not_there_is_named() {
        assertThatThrownBy(() -> hub().pull(Repository.parse("acme/huge"), Optional.empty(), PullListener.NONE))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("no acme/huge (404)");
        assertThatThrownBy(() -> hub().pull(Repository.parse("acme/tiny@v9"), Optional.empty(), PullListener.NONE))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("no revision 'v9'");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void a_busy_hub_is_asked_again(int status) {
        refuse(status, Map.of(), 2);
        assertThat(pull().fetched()).isPositive();
        assertThat(waits).startsWith(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void retry_after_is_honoured() {
        refuse(429, Map.of("Retry-After", "17"), 1);
        pull();
        assertThat(waits).containsExactly(Duration.ofSeconds(17));
    }

    @Test
    void a_wait_that_is_too_long_is_reported_instead() {
        refuse(429, Map.of("Retry-After", "3600"), 1);
        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("(429)")
                .hasMessageContaining("60 min");
        assertThat(waits).isEmpty();
    }

    @Test
    void a_hub_that_stays_broken_is_given_up() {
        refuse(500, Map.of(), 3);
        assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageContaining("answers 500");
    }

    @Test
    void no_hub_at_all_is_said() {
        server.close();
        assertThatThrownBy(this::pull).isInstanceOf(HubException.class).hasMessageContaining("cannot reach the hub");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../config.json",
                "a/../../config.json",
                "/etc/passwd",
                "..\\config.json",
                "C:config.json",
                "a//b",
                "x\ny",
                ""
            })
    void a_hostile_name_stops_everything(String name) {
        server.listed.add(name);
        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("outside its folder")
                .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("\n"));
        assertThat(root().resolve("blobs")).doesNotExist();
    }

    @Test
    void a_repository_of_pickles_is_refused() {
        server.listed.remove("model.safetensors");
        assertThatThrownBy(this::pull)
                .isInstanceOf(HubException.class)
                .hasMessageContaining("pytorch_model.bin")
                .hasMessageContaining("never loaded");
    }

    @Test
    void a_model_that_python_fetched_is_found() throws IOException {
        Path blobs = Files.createDirectories(root().resolve("blobs"));
        Files.write(blobs.resolve(SHA256), WEIGHTS);
        Path snapshot = Files.createDirectories(root().resolve("snapshots").resolve(HubServer.COMMIT));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../blobs/" + SHA256));
        Files.createDirectories(root().resolve("refs"));
        Files.writeString(root().resolve("refs/main"), HubServer.COMMIT);
        assertThat(hub().find(REPO)).contains(snapshot);
        assertThat(hub().cached())
                .singleElement()
                .isEqualTo(new CachedModel(
                        REPO.id(),
                        HubServer.COMMIT,
                        List.of("main"),
                        snapshot,
                        List.of("model.safetensors"),
                        WEIGHTS.length,
                        true));
        assertThat(pull().fetched()).isLessThan(100);
        assertThat(storeRequests()).isEmpty();
    }

    @Test
    void a_gguf_is_opened_itself_where_it_is_all_there_is() {
        server.with("tiny-Q8_0.gguf", random(1000));
        Pulled chosen = hub().pull(REPO, Optional.of("q8"), PullListener.NONE);
        assertThat(chosen.model()).isEqualTo(chosen.folder().resolve("tiny-Q8_0.gguf"));
        assertThat(hub().find(REPO)).contains(chosen.model());
        assertThat(pull().model()).isEqualTo(chosen.folder());
        assertThat(hub().find(REPO)).contains(chosen.folder());
    }

    @Test
    void offline_takes_what_is_here_and_asks_nobody() {
        assertThatThrownBy(() -> hub(Optional.empty(), true).pull(REPO, Optional.empty(), PullListener.NONE))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_HUB_OFFLINE");
        pull();
        server.requests.clear();
        assertThat(hub(Optional.empty(), true)
                        .pull(REPO, Optional.empty(), PullListener.NONE)
                        .files())
                .hasSize(3);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void two_pulls_at_once_fetch_each_file_once() {
        server.delayMillis = 100;
        CompletableFuture<Pulled> other = CompletableFuture.supplyAsync(this::pull);
        long fetched = pull().fetched() + other.join().fetched();
        assertThat(fetched).isLessThan(2L * WEIGHTS.length);
        assertThat(storeRequests()).hasSize(1);
    }

    @Test
    void progress_grows_to_the_whole() {
        List<Long> seen = new ArrayList<>();
        hub().pull(REPO, Optional.empty(), new PullListener() {
            @Override
            public void progress(long done, long total) {
                seen.add(done);
                assertThat(done).isLessThanOrEqualTo(total);
            }

            @Override
            public void note(String line) {}
        });
        assertThat(seen).isSorted().last().isEqualTo(WEIGHTS.length + 22L + 2L);
    }

    @Test
    void removing_a_model_leaves_nothing_of_it() {
        pull();
        Removed planned = hub().wouldRemove(REPO);
        assertThat(root()).exists();
        assertThat(hub().remove(REPO)).isEqualTo(planned);
        assertThat(planned.bytes()).isEqualTo(WEIGHTS.length + 24L + HubServer.COMMIT.length());
        assertThat(root()).doesNotExist();
        assertThatThrownBy(() -> hub().remove(REPO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void removing_a_revision_keeps_what_another_needs() throws IOException {
        Path kept = pull().folder();
        String old = "f".repeat(40);
        Path snapshot = Files.createDirectories(root().resolve("snapshots").resolve(old));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../blobs/" + SHA256));
        Files.writeString(root().resolve("blobs/0000"), "only the old one has this");
        Files.createSymbolicLink(snapshot.resolve("config.json"), Path.of("../../blobs/0000"));
        Files.writeString(root().resolve("refs/old"), old);
        Removed removed = hub().remove(Repository.parse(REPO.id() + "@old"));
        assertThat(removed.commits()).containsExactly(old);
        assertThat(snapshot).doesNotExist();
        assertThat(root().resolve("refs/old")).doesNotExist();
        assertThat(root().resolve("blobs/0000")).doesNotExist();
        assertThat(kept.resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
    }

    @Test
    void removing_follows_no_link_out_of_the_cache(@TempDir Path elsewhere) throws IOException {
        Files.writeString(elsewhere.resolve("precious"), "mine");
        Path snapshot = pull().folder();
        Files.createSymbolicLink(snapshot.resolve("folder"), elsewhere);
        Files.createSymbolicLink(snapshot.resolve("file"), elsewhere.resolve("precious"));
        hub().remove(REPO);
        assertThat(elsewhere.resolve("precious")).hasContent("mine");
    }

    @Test
    void where_links_are_impossible_the_file_itself_stands() throws IOException {
        HubCache linkless = new HubCache(root(), (link, target) -> {
            throw new UnsupportedOperationException();
        });
        Files.createDirectories(linkless.blobs());
        Files.writeString(linkless.blobs().resolve("abc"), "bytes");
        linkless.point(HubServer.COMMIT, "sub/config.json", "abc");
        Path file = linkless.snapshot(HubServer.COMMIT).resolve("sub/config.json");
        assertThat(file).hasContent("bytes").isRegularFile();
        assertThat(Files.isSymbolicLink(file)).isFalse();
    }
}
