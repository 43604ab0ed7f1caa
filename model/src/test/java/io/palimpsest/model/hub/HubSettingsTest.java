package io.palimpsest.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The environment and the names that people type. */
class HubSettingsTest {

    @TempDir
    private Path home;

    private HubSettings from(Map<String, String> environment) {
        return HubSettings.from(environment, home);
    }

    @Test
    void the_cache_is_where_python_has_it() {
        assertThat(from(Map.of()).cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(from(Map.of("HF_HOME", "~/models")).cache()).isEqualTo(home.resolve("models/hub"));
        assertThat(from(Map.of("HF_HOME", "/a", "HF_HUB_CACHE", "/b")).cache())
                .isEqualTo(Path.of("/b").toAbsolutePath());
        assertThat(from(Map.of("XDG_CACHE_HOME", "/x")).cache())
                .isEqualTo(Path.of("/x/huggingface/hub").toAbsolutePath());
    }

    @Test
    void the_token_is_that_of_the_environment_or_of_its_file() throws IOException {
        assertThat(from(Map.of()).token()).isEmpty();
        Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(home.resolve(".cache/huggingface/token"), "hf_file\n");
        assertThat(from(Map.of()).token().map(Token::authorization)).contains("Bearer hf_file");
        assertThat(from(Map.of("HF_TOKEN", " hf_variable ")).token().map(Token::authorization))
                .contains("Bearer hf_variable");
        assertThatThrownBy(() -> from(Map.of("HF_TOKEN", "two words")))
                .hasMessageContaining("HF_TOKEN")
                .hasMessageNotContaining("two words");
    }

    @Test
    void another_hub_needs_an_address() {
        assertThat(from(Map.of("HF_ENDPOINT", "http://127.0.0.1:9/hf/")).endpoint())
                .hasToString("http://127.0.0.1:9/hf");
        assertThatThrownBy(() -> from(Map.of("HF_ENDPOINT", "ftp://example.org")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HF_ENDPOINT");
    }

    @Test
    void offline_is_said_as_python_hears_it() {
        assertThat(from(Map.of("HF_HUB_OFFLINE", "1")).offline()).isTrue();
        assertThat(from(Map.of("HF_HUB_OFFLINE", "yes")).offline()).isTrue();
        assertThat(from(Map.of("HF_HUB_OFFLINE", "0")).offline()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a/b/c", "../b", "a/..", "/b", "a--b/c", "a/b@", "a/b@../../x", "a/b@x y", "a/b.git", "a b"})
    void what_is_no_repository_is_refused(String text) {
        assertThatThrownBy(() -> Repository.parse(text)).isInstanceOf(IllegalArgumentException.class);
        assertThat(Repository.isName(text)).isFalse();
    }

    @Test
    void a_repository_may_have_a_revision() {
        assertThat(Repository.parse("a/b").revision()).isEqualTo("main");
        assertThat(Repository.parse("a/b@refs/pr/1").revision()).isEqualTo("refs/pr/1");
        assertThat(Repository.parse("gpt2@v1.0").folder()).isEqualTo("models--gpt2");
    }

    @Test
    void sizes_are_written_for_people() {
        assertThat(ByteSize.of(999)).isEqualTo("999 B");
        assertThat(ByteSize.of(1500)).isEqualTo("1.5 kB");
        assertThat(ByteSize.of(16_060_000_000L)).isEqualTo("16.1 GB");
        assertThat(ByteSize.of(999_999)).isEqualTo("1.0 MB");
    }
}
