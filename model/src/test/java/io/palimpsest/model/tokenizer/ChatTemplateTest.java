package io.palimpsest.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {

    private static final Clock NEW_YEAR = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final List<Message> HI = List.of(Message.user("Hi"));

    static Stream<JsonNode> recorded() {
        return StreamSupport.stream(Smollm2.json("chat-templates.json").spliterator(), false);
    }

    /** Recorded with Jinja2 3.1 set up as transformers does. */
    @ParameterizedTest
    @MethodSource("recorded")
    void text_is_that_of_jinja2(JsonNode recorded) {
        var softly = new SoftAssertions();
        ChatTemplate template = template(recorded);
        for (JsonNode expected : recorded.path("cases")) {
            String as = recorded.path("name").asText() + " " + expected.path("messages") + expected.path("extra");
            if (expected.has("error")) {
                softly.assertThatThrownBy(() -> render(template, expected))
                        .as(as)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(expected.path("error").asText());
            } else {
                softly.assertThatCode(() -> assertThat(render(template, expected))
                                .isEqualTo(expected.path("text").asText()))
                        .as(as)
                        .doesNotThrowAnyException();
            }
        }
        softly.assertAll();
    }

    private static ChatTemplate template(JsonNode recorded) {
        Map<String, String> special = new HashMap<>();
        recorded.path("special")
                .properties()
                .forEach(entry -> special.put(entry.getKey(), entry.getValue().asText()));
        return ChatTemplate.of(recorded.path("template").asText(), special, NEW_YEAR);
    }

    @SuppressWarnings("unchecked")
    private static String render(ChatTemplate template, JsonNode expected) {
        Map<String, Object> extra = new ObjectMapper().convertValue(expected.path("extra"), Map.class);
        return template.render(messages(expected), expected.path("add").asBoolean(), extra);
    }

    static List<Message> messages(JsonNode expected) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : expected.path("messages")) {
            Role role = Role.valueOf(message.path("role").asText().toUpperCase(Locale.ROOT));
            messages.add(new Message(role, message.path("content").asText()));
        }
        return messages;
    }

    private static String rendered(String jinja) {
        return ChatTemplate.of(jinja, Map.of(), NEW_YEAR).render(HI, true, Map.of());
    }

    @Test
    void messages_are_never_read_as_templates() {
        String content = "{{ raise_exception('x') }}{% for i in range(9) %}{{ i }}{% endfor %}{# gone #}";

        assertThat(ChatTemplate.of("{{ messages[0].content }}|{{ messages[0].content | trim }}", Map.of())
                        .render(List.of(Message.user(content)), false))
                .isEqualTo(content + "|" + content);
    }

    @Test
    void long_messages_are_rendered() {
        String content = "0123456789".repeat(50_000);

        assertThat(ChatTemplate.of("<{{ messages[0]['content'] }}>", Map.of())
                        .render(List.of(Message.user(content)), false))
                .isEqualTo("<" + content + ">");
    }

    @Test
    void long_conversations_are_rendered() {
        List<Message> messages = IntStream.range(0, 2_000)
                .mapToObj(i -> Message.user("turn " + i))
                .toList();

        assertThat(ChatTemplate.of("{% for m in messages %}{{ m.content }};{% endfor %}", Map.of())
                        .render(messages, false))
                .endsWith("turn 1999;");
    }

    @Test
    void a_refusal_says_what_the_template_says() {
        assertThatThrownBy(() -> rendered("{{ raise_exception('no system please') }}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no system please");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if true %}",
                "{{ unclosed(",
                "{{ 'a'.getClass() }}",
                "{{ 'a'.repeat(1000000000) }}",
                "{{ messages.getClass().getName() }}",
                "{{ no_such_function() }}",
                "{{ 'a' | no_such_filter }}",
                "{{ messages | center(1000000000) }}",
                "{% include '/etc/passwd' %}",
                "{% extends '/etc/passwd' %}",
                "{% import '/etc/passwd' as x %}",
                "{% from '/etc/passwd' import x %}",
                "{% no_such_tag %}"
            })
    void what_a_template_may_not_do_is_an_error(String jinja) {
        assertThatThrownBy(() -> rendered(jinja)).isInstanceOf(IllegalArgumentException.class);
    }

    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(90000) %}{% for b in range(90000) %}{% for c in range(90000) %}{% endfor %}{% endfor %}{% endfor %}",
                "{% for a in range(90000) %}{% for b in range(9000) %}0123456789{% endfor %}{% endfor %}",
                "{% set ns = namespace(s='0123456789') %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s='0123456789') %}{% for a in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1, 2, 3]) %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s='aaaaaaaaaa') %}{% for a in range(60) %}{% set ns.s = ns.s | replace('a', ns.s) %}{% endfor %}",
                "{% set ns = namespace(s='aaaaaaaaaa') %}{% for a in range(60) %}{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}",
                "{% set ns = namespace(s='aaaaaaaaaa') %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s, ns.s] | join('') %}{% endfor %}",
                "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}"
            })
    void a_template_that_never_ends_is_stopped(String jinja) {
        assertThatThrownBy(() -> rendered(jinja))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .containsAnyOf("steps", "characters", "OutputTooBig", "CollectionTooBig", "truncated", "recursion");
    }

    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @Test
    void a_template_nested_without_end_is_stopped() {
        assertThatThrownBy(() -> rendered("{{ " + "(".repeat(50_000) + "1" + ")".repeat(50_000) + " }}"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> rendered("{% if true %}".repeat(5_000) + "x" + "{% endif %}".repeat(5_000)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> rendered("x".repeat(300_000))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_range_without_end_ends() {
        assertThat(Integer.parseInt(rendered("{{ range(2000000000) | list | length }}")))
                .isLessThan(100_000);
    }

    @Test
    void many_threads_share_it() {
        ChatTemplate template = ChatTemplate.of("{% for m in messages %}{{ m.content }}{% endfor %}", Map.of());

        assertThat(IntStream.range(0, 100)
                        .parallel()
                        .mapToObj(i -> template.render(List.of(Message.user("m" + i)), false))
                        .sorted())
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> "m" + i).sorted().toList());
    }
}
