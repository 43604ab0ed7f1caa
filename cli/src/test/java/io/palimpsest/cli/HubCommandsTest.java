package io.palimpsest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.palimpsest.model.hub.Hub;
import io.palimpsest.model.hub.HubSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code pull} and {@code remove} say, and where. */
class HubCommandsTest {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String LISTING =
            "{\"sha\": \"" + COMMIT + "\", \"siblings\": [{\"rfilename\": \"config.json\"},"
                    + " {\"rfilename\": \"model.safetensors\"}, {\"rfilename\": \"modeling.py\"}]}";
    private static final String BYTES = "{\"a\": 1}";
    private static final String GIT_ID = "4a036f56bb619924ec4189bd84ed716c766971ae";

    private final CapturedConsole console = new CapturedConsole();

    @TempDir
    private Path cache;

    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", HubCommandsTest::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] bytes = (path.startsWith("/api/") ? LISTING : BYTES).getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            if (!path.contains("acme/tiny")) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            exchange.getResponseHeaders().set("ETag", '"' + GIT_ID + '"');
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private Hub hub() {
        URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        return new Hub(new HubSettings(endpoint, cache, Optional.empty(), false));
    }

    private int run(Console given, Function<Console, Callable<Integer>> command, String... arguments) {
        return Main.configured(new CommandLine(command.apply(given)), given).execute(arguments);
    }

    private int pull(String... arguments) {
        return run(console.reading(""), shown -> new PullCommand(shown, this::hub), arguments);
    }

    private int remove(Console given, String... arguments) {
        return run(given, shown -> new RemoveCommand(shown, this::hub), arguments);
    }

    @Test
    void pull_says_what_came_where_it_is_and_what_was_left_out() {
        assertThat(pull("acme/tiny")).isZero();
        assertThat(console.output())
                .startsWith("acme/tiny: 2 files, 16 B (8 B fetched), commit 0123456789ab")
                .contains(cache.resolve("models--acme--tiny/snapshots")
                        .resolve(COMMIT)
                        .toString());
        assertThat(console.errors())
                .contains("left out (code, which is never run): modeling.py")
                .doesNotContain("\r");
    }

    @Test
    void pull_prints_one_json_object_and_nothing_else() throws IOException {
        assertThat(pull("acme/tiny", "--json")).isZero();
        JsonNode object = console.json();
        assertThat(object.fieldNames())
                .toIterable()
                .containsExactly(
                        "repository",
                        "revision",
                        "commit",
                        "path",
                        "files",
                        "bytes",
                        "fetched_bytes",
                        "left_out",
                        "seconds");
        assertThat(object.path("fetched_bytes").asLong()).isEqualTo(8);
        assertThat(console.errors()).isEmpty();
    }

    @Test
    void quiet_shows_no_progress() {
        assertThat(pull("acme/tiny", "--quiet")).isZero();
        assertThat(console.errors()).isEmpty();
    }

    @Test
    void a_refusal_is_one_line() {
        assertThat(pull("acme/huge")).isEqualTo(1);
        assertThat(console.errors()).hasLineCount(1).startsWith("palimpsest: the hub has no acme/huge (404)");
        assertThat(pull("no/such/name")).isEqualTo(2);
    }

    @Test
    void what_was_pulled_is_listed_and_found_by_its_name() throws IOException {
        pull("acme/tiny", "--quiet");
        assertThat(run(console.reading(""), shown -> new ListCommand(shown, this::hub), "--json"))
                .isZero();
        JsonNode models = console.json().path("models");
        JsonNode last = models.path(models.size() - 1);
        String folder =
                cache.resolve("models--acme--tiny/snapshots").resolve(COMMIT).toString();
        assertThat(last.path("name").asText()).isEqualTo("acme/tiny");
        assertThat(last.path("path").asText()).isEqualTo(folder);
        assertThat(last.path("complete").asBoolean()).isTrue();
        assertThat(Models.find(Optional.of("acme/tiny"), this::hub)).hasToString(folder);
    }

    @Test
    void remove_asks_first() {
        pull("acme/tiny", "--quiet");
        assertThat(remove(console.typing("n\n"), "acme/tiny")).isEqualTo(1);
        assertThat(cache.resolve("models--acme--tiny")).exists();
        assertThat(remove(console.reading(""), "acme/tiny")).isEqualTo(2);
        assertThat(cache.resolve("models--acme--tiny")).exists();
        assertThat(remove(console.typing("y\n"), "acme/tiny")).isZero();
        assertThat(cache.resolve("models--acme--tiny")).doesNotExist();
        assertThat(console.output()).contains("acme/tiny: removed, 48 B freed");
    }

    @Test
    void remove_does_not_ask_when_told() throws IOException {
        pull("acme/tiny", "--quiet");
        assertThat(remove(console.reading(""), "acme/tiny", "--yes", "--json")).isZero();
        assertThat(console.json().path("freed_bytes").asLong()).isEqualTo(48);
        assertThat(remove(console.reading(""), "acme/tiny", "--yes")).isEqualTo(2);
    }

    @Test
    void the_bar_is_one_line_that_is_drawn_again() {
        AtomicLong now = new AtomicLong();
        DownloadBar bar = new DownloadBar(console.reading("").err(), Optional.of(new Screen(80, 24, false)), now::get);
        bar.progress(0, 1_000_000_000L);
        now.set(2_000_000_000L);
        bar.progress(500_000_000L, 1_000_000_000L);
        assertThat(console.errors())
                .doesNotContain("\n")
                .endsWith("\r 50% [###############...............] 500 MB of 1.0 GB, 250 MB/s, 2 s left");
        bar.close();
        assertThat(console.errors()).endsWith("\r");
    }
}
