package io.palimpsest.model.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A small hub on loopback, with a second host for large files, as the real one has; it fails as it is told to. */
final class HubServer implements AutoCloseable {

    static final String REPO = "acme/tiny";
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A request, as the server saw it. */
    record Request(String host, String method, String path, String authorization, String range) {}

    /** An answer instead of the right one. */
    record Refusal(int status, Map<String, String> headers) {}

    final Map<String, byte[]> files = new ConcurrentHashMap<>();
    final List<String> listed = new CopyOnWriteArrayList<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger busiest = new AtomicInteger();

    /** Given out once each, before anything else. */
    final ConcurrentLinkedDeque<Refusal> refusals = new ConcurrentLinkedDeque<>();

    /** After how many bytes the next answers of large files break off; negative: send nothing more, and hang. */
    final ConcurrentLinkedDeque<Integer> cuts = new ConcurrentLinkedDeque<>();

    volatile Optional<String> token = Optional.empty();
    volatile boolean corrupt;
    volatile boolean ignoresRange;
    volatile boolean listsSizes;
    volatile long claimedSize = -1;
    volatile long delayMillis;

    private final AtomicInteger busy = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub = start("hub", this::answerHub);
    private final HttpServer store = start("store", this::answerStore);

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private HttpServer start(String host, Answer answer) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                requests.add(new Request(
                        host,
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getRawPath(),
                        header(exchange, "Authorization"),
                        header(exchange, "Range")));
                try (exchange) {
                    answer.to(exchange);
                }
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String header(HttpExchange exchange, String name) {
        return String.join(",", exchange.getRequestHeaders().getOrDefault(name, List.of()));
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    HubServer with(String name, byte[] bytes) {
        files.put(name, bytes);
        listed.add(name);
        return this;
    }

    HubServer with(String name, String text) {
        return with(name, text.getBytes(StandardCharsets.UTF_8));
    }

    long count(String host, String method) {
        return requests.stream()
                .filter(request ->
                        request.host().equals(host) && request.method().equals(method))
                .count();
    }

    static boolean isLarge(String name) {
        return name.endsWith(".safetensors") || name.endsWith(".gguf");
    }

    static String etag(String name, byte[] bytes) {
        try {
            if (isLarge(name)) {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            }
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answerHub(HttpExchange exchange) throws IOException {
        Refusal refusal = refusals.poll();
        if (refusal != null) {
            refuse(exchange, refusal);
            return;
        }
        if (token.isPresent() && !header(exchange, "Authorization").equals("Bearer " + token.get())) {
            refuse(exchange, new Refusal(401, Map.of("X-Error-Code", "GatedRepo")));
            return;
        }
        String path = exchange.getRequestURI().getRawPath();
        String resolve = "/" + REPO + "/resolve/" + COMMIT + "/";
        if (path.equals("/api/models/" + REPO + "/revision/main") || path.endsWith("/revision/" + COMMIT)) {
            send(exchange, 200, listing());
        } else if (path.startsWith("/api/models/" + REPO)) {
            refuse(exchange, new Refusal(404, Map.of("X-Error-Code", "RevisionNotFound")));
        } else if (path.startsWith(resolve)) {
            resolve(exchange, URLDecoder.decode(path.substring(resolve.length()), StandardCharsets.UTF_8));
        } else {
            refuse(exchange, new Refusal(404, Map.of("X-Error-Code", "RepoNotFound")));
        }
    }

    private byte[] listing() throws IOException {
        ObjectNode answer = JSON.createObjectNode().put("sha", COMMIT);
        for (String name : listed) {
            ObjectNode file = answer.withArray("siblings").addObject().put("rfilename", name);
            if (listsSizes) {
                file.put("size", files.getOrDefault(name, new byte[0]).length);
            }
        }
        return JSON.writeValueAsBytes(answer);
    }

    /** Small files are sent at once, large ones by a redirect to the other host. */
    private void resolve(HttpExchange exchange, String name) throws IOException {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            refuse(exchange, new Refusal(404, Map.of("X-Error-Code", "EntryNotFound")));
            return;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Repo-Commit", COMMIT);
        if (isLarge(name)) {
            headers.put("X-Linked-Etag", '"' + etag(name, bytes) + '"');
            headers.put("X-Linked-Size", Long.toString(claimedSize < 0 ? bytes.length : claimedSize));
            headers.put(
                    "Location", "http://127.0.0.1:" + store.getAddress().getPort() + "/" + name + "?signature=a%2Fb");
            refuse(exchange, new Refusal(302, headers));
        } else {
            headers.put("ETag", "W/\"" + etag(name, bytes) + '"');
            headers.forEach(exchange.getResponseHeaders()::set);
            send(exchange, 200, bytes);
        }
    }

    private void answerStore(HttpExchange exchange) throws IOException {
        busiest.accumulateAndGet(busy.incrementAndGet(), Math::max);
        try {
            Thread.sleep(delayMillis);
            sendPart(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            busy.decrementAndGet();
        }
    }

    private void sendPart(HttpExchange exchange) throws IOException, InterruptedException {
        String name = exchange.getRequestURI().getPath().substring(1);
        byte[] bytes = files.getOrDefault(name, new byte[0]).clone();
        if (corrupt && bytes.length > 0) {
            bytes[bytes.length / 2] ^= 1;
        }
        String range = header(exchange, "Range");
        boolean part = !range.isEmpty() && !ignoresRange;
        int from = part ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
        if (part) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        Integer cut = cuts.poll();
        int end = cut == null ? bytes.length : Math.min(bytes.length, from + Math.abs(cut));
        exchange.sendResponseHeaders(part ? 206 : 200, bytes.length == from ? -1 : bytes.length - from);
        OutputStream body = exchange.getResponseBody();
        body.write(bytes, from, end - from);
        body.flush();
        if (cut != null && cut < 0) {
            Thread.sleep(3000);
        }
    }

    private static void refuse(HttpExchange exchange, Refusal refusal) throws IOException {
        refusal.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(refusal.status(), -1);
    }

    private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }
}
