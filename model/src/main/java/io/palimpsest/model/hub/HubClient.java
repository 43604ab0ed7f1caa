package io.palimpsest.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The hub's three questions over HTTP, asked again when it is busy. */
final class HubClient {

    private static final int MOST_REDIRECTS = 10;
    private static final int LARGEST_LISTING = 64 << 20;
    private static final Duration TO_CONNECT = Duration.ofSeconds(20);
    private static final Duration TO_ANSWER = Duration.ofSeconds(60);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> TEMPORARY = Set.of(408, 429, 500, 502, 503, 504);
    private static final Pattern CHECKSUM = Pattern.compile("[0-9a-f]{64}|[0-9a-f]{40}");

    private final HubSettings settings;
    private final Patience patience;
    private final Consumer<String> notes;

    /** Several connections side by side are faster than streams of one, so HTTP/1.1. Redirects are followed by hand. */
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(TO_CONNECT)
            .build();

    /**
     * @param notes is told in one line when there is something to wait for
     */
    HubClient(HubSettings settings, Patience patience, Consumer<String> notes) {
        this.settings = settings;
        this.patience = patience;
        this.notes = notes;
    }

    Patience patience() {
        return patience;
    }

    void note(String line) {
        notes.accept(line);
    }

    /** The commit and the files of the repository's revision. */
    Listing list(Repository repository) {
        String path = "/api/models/" + repository.id() + "/revision/" + encoded(repository.revision()) + "?blobs=true";
        HttpResponse<InputStream> answer = send(new Question("GET", address(path), 0, true));
        requireOk(answer, new Subject(repository, ""));
        try (InputStream body = answer.body()) {
            byte[] bytes = body.readNBytes(LARGEST_LISTING);
            return Listing.parse(bytes, repository);
        } catch (IOException e) {
            throw lost("the list of files of " + repository, e);
        }
    }

    /** The checksum and the length of one file. */
    RemoteFile describe(Repository repository, String commit, String name) {
        HttpResponse<InputStream> answer = send(new Question("HEAD", resolve(repository, commit, name), 0, false));
        discard(answer);
        Optional<String> linked = answer.headers().firstValue("X-Linked-Etag");
        if (linked.isEmpty() || answer.statusCode() >= 400) {
            requireOk(answer, new Subject(repository, name));
        }
        requireCommit(answer, commit, repository);
        String etag = checksum(linked.or(() -> answer.headers().firstValue("ETag")), repository, name);
        long size = answer.headers()
                .firstValue(linked.isPresent() ? "X-Linked-Size" : "Content-Length")
                .filter(digits -> digits.matches("\\d{1,18}"))
                .map(Long::parseLong)
                .orElseThrow(
                        () -> new HubException("the hub does not say how long " + name + " of " + repository + " is."));
        return new RemoteFile(name, etag, size);
    }

    /** The bytes of a file from {@code from} on; the status is 200 (all of it), 206 (the rest) or 416 (there are none). */
    HttpResponse<InputStream> open(Repository repository, String commit, String name, long from) {
        HttpResponse<InputStream> answer = send(new Question("GET", resolve(repository, commit, name), from, true));
        if (from == 0 || (answer.statusCode() != 206 && answer.statusCode() != 416)) {
            requireOk(answer, new Subject(repository, name));
        }
        return answer;
    }

    HubException lost(String what, IOException e) {
        return new HubException("the connection was lost while reading " + what + " (" + reason(e) + ").", e);
    }

    /**
     * One request before any redirect.
     *
     * @param from the first byte that is wanted
     * @param anywhere whether to follow redirects to other hosts: there are the bytes, but the checksums are here
     */
    private record Question(String method, URI address, long from, boolean anywhere) {

        Question to(URI target) {
            return new Question(method, target, from, anywhere);
        }
    }

    /** What a question is about, for messages. */
    private record Subject(Repository repository, String file) {

        @Override
        public String toString() {
            return file.isEmpty() ? repository.toString() : file + " of " + repository;
        }
    }

    private HttpResponse<InputStream> send(Question question) {
        for (int attempt = 1; ; attempt++) {
            boolean last = attempt >= patience.attempts();
            try {
                HttpResponse<InputStream> answer = follow(question);
                if (!TEMPORARY.contains(answer.statusCode()) || last || !worthWaiting(answer)) {
                    return answer;
                }
                discard(answer);
                Duration wait = retryAfter(answer).orElse(patience.after(attempt));
                notes.accept("the hub is busy (" + answer.statusCode() + "), waiting " + seconds(wait));
                patience.await(wait);
            } catch (IOException e) {
                if (last) {
                    throw new HubException(
                            "cannot reach the hub at " + question.address().getAuthority() + " (" + reason(e)
                                    + "). Is there a network, a proxy? HF_ENDPOINT names another hub.",
                            e);
                }
                notes.accept("the hub does not answer (" + reason(e) + "), trying again");
                patience.await(patience.after(attempt));
            }
        }
    }

    private HttpResponse<InputStream> follow(Question first) throws IOException {
        Question question = first;
        for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
            HttpResponse<InputStream> answer = ask(question);
            Optional<String> location = answer.headers().firstValue("Location");
            if (!REDIRECTS.contains(answer.statusCode()) || location.isEmpty()) {
                return answer;
            }
            URI target = target(question.address(), location.get());
            boolean answered = answer.headers().firstValue("X-Linked-Etag").isPresent();
            if (!question.anywhere() && answered) {
                return answer;
            }
            discard(answer);
            question = question.to(target);
        }
        throw new HubException("the hub sends from one address to the next, more than " + MOST_REDIRECTS + " times.");
    }

    private HttpResponse<InputStream> ask(Question question) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(question.address())
                .method(question.method(), HttpRequest.BodyPublishers.noBody())
                .timeout(TO_ANSWER)
                .header("User-Agent", "palimpsest")
                .header("Accept-Encoding", "identity");
        if (question.from() > 0) {
            request.header("Range", "bytes=" + question.from() + "-");
        }
        if (isHub(question.address())) {
            settings.token().ifPresent(token -> request.header("Authorization", token.authorization()));
        }
        try {
            return http.send(request.build(), BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("stopped.", e);
        }
    }

    /** The token is for the hub's own host, port and scheme only. */
    private boolean isHub(URI address) {
        URI hub = settings.endpoint();
        return hub.getScheme().equalsIgnoreCase(address.getScheme())
                && hub.getHost().equalsIgnoreCase(address.getHost())
                && port(hub) == port(address);
    }

    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
    }

    private static URI target(URI from, String location) {
        URI target;
        try {
            target = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new HubException("the hub sends to an address that is none.", e);
        }
        boolean web = target.getHost() != null
                && ("https".equalsIgnoreCase(target.getScheme()) || "http".equalsIgnoreCase(target.getScheme()));
        boolean weaker = "https".equalsIgnoreCase(from.getScheme()) && !"https".equalsIgnoreCase(target.getScheme());
        if (!web || weaker) {
            throw new HubException(
                    "the hub sends from an https address to a " + target.getScheme() + " one, which is not followed.");
        }
        return target;
    }

    private boolean worthWaiting(HttpResponse<?> answer) {
        return retryAfter(answer)
                .map(wait -> wait.compareTo(patience.longest()) <= 0)
                .orElse(true);
    }

    /** {@code Retry-After}, as seconds or as a date (RFC 9110, 10.2.3). */
    private static Optional<Duration> retryAfter(HttpResponse<?> answer) {
        return answer.headers().firstValue("Retry-After").map(String::strip).flatMap(HubClient::wait);
    }

    private static Optional<Duration> wait(String after) {
        if (after.matches("\\d{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(after)));
        }
        try {
            Instant date = ZonedDateTime.parse(after, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration wait = Duration.between(Instant.now(), date);
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private void requireOk(HttpResponse<InputStream> answer, Subject subject) {
        if (answer.statusCode() == 200) {
            return;
        }
        discard(answer);
        throw new HubException(complaint(answer, subject));
    }

    private String complaint(HttpResponse<InputStream> answer, Subject subject) {
        String code = answer.headers().firstValue("X-Error-Code").orElse("");
        String page = settings.endpoint() + "/" + subject.repository().id();
        return switch (answer.statusCode()) {
            case 401 -> unauthorised(subject, code, page);
            case 403 ->
                "the hub does not let you read " + subject + " (403): accept its licence at " + page
                        + ", with the account of your token, and try again.";
            case 404 -> missing(subject, code);
            case 416 -> subject + " has changed on the hub; try again.";
            case 429 ->
                "the hub has had too many requests (429): try again "
                        + retryAfter(answer).map(wait -> "in " + seconds(wait)).orElse("later")
                        + (settings.token().isPresent() ? "." : ", or set HF_TOKEN to be let in sooner.");
            default ->
                "the hub answers " + answer.statusCode() + " for " + subject
                        + (answer.statusCode() >= 500 ? "; try again later." : ".");
        };
    }

    private String unauthorised(Subject subject, String code, String page) {
        Optional<String> source = settings.token().map(Token::source);
        if (code.equals("GatedRepo")) {
            return "the hub gives " + subject + " only to those who accepted its licence (401): accept it at " + page
                    + source.map(from -> "; the token in " + from + " is not of such an account.")
                            .orElse(", then set HF_TOKEN.");
        }
        return source.map(from -> "the hub refuses the token in " + from + " for " + subject
                        + " (401): make a new one, or look at the spelling of "
                        + subject.repository().id() + ".")
                .orElse("the hub wants to know who asks for " + subject
                        + " (401): set HF_TOKEN if it is private; it also says so where there is no such repository.");
    }

    private static String missing(Subject subject, String code) {
        if (!subject.file().isEmpty()) {
            return "the hub has no " + subject + " (404).";
        }
        Repository repository = subject.repository();
        if (code.equals("RevisionNotFound")) {
            return repository.id() + " has no revision '" + repository.revision()
                    + "' (404): look at the spelling of the branch, tag or commit.";
        }
        String hint = repository.id().contains("/")
                ? "look at the spelling, or set HF_TOKEN if it is private."
                : "most are named ORGANISATION/NAME.";
        return "the hub has no " + repository + " (404): " + hint;
    }

    /** A hub that moved to another commit between two questions, or a proxy that answers for it. */
    private static void requireCommit(HttpResponse<?> answer, String commit, Repository repository) {
        String found = answer.headers().firstValue("X-Repo-Commit").orElse(commit);
        if (!found.equals(commit)) {
            throw new HubException("the hub answers with commit " + found + " of " + repository + ", but was asked for "
                    + commit + "; try again.");
        }
    }

    /** The checksum is also the name of a file in the cache, so nothing else is taken for one. */
    private static String checksum(Optional<String> etag, Repository repository, String name) {
        String bare = etag.orElse("").replaceFirst("^W/", "").replace("\"", "");
        if (!CHECKSUM.matcher(bare).matches()) {
            throw new HubException("the hub gives no checksum for " + name + " of " + repository
                    + " (expected a SHA-256 or a Git id as its ETag), so it cannot be checked.");
        }
        return bare;
    }

    private URI resolve(Repository repository, String commit, String name) {
        StringBuilder path = new StringBuilder("/" + repository.id() + "/resolve/" + commit);
        for (String part : name.split("/", -1)) {
            path.append('/').append(encoded(part));
        }
        return address(path.toString());
    }

    private URI address(String path) {
        return URI.create(settings.endpoint() + path);
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static void discard(HttpResponse<InputStream> answer) {
        try (InputStream body = answer.body()) {
            body.readNBytes(1 << 16);
        } catch (IOException e) {
            // The answer's status has said all that matters.
            return;
        }
    }

    private static String seconds(Duration wait) {
        return wait.toSeconds() < 120 ? Math.max(1, wait.toSeconds()) + " s" : (wait.toSeconds() + 59) / 60 + " min";
    }

    static String reason(IOException e) {
        String said = e.getMessage();
        return said == null || said.isBlank() ? e.getClass().getSimpleName() : said;
    }
}
