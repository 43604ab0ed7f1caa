package io.palimpsest.model.tokenizer;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaNodePreProcessor;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.el.ext.JinjavaBeanELResolver;
import com.hubspot.jinjava.el.ext.JinjavaListELResolver;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.FatalTemplateErrorsException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import com.hubspot.jinjava.tree.Node;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jinjava.javax.el.ArrayELResolver;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.MapELResolver;

/** Jinjava, taught the Python that chat templates use and kept from what a stranger's template should not do. */
final class Jinja {

    private static final int LONGEST_TEMPLATE = 200_000;
    private static final int LONGEST_TAG = 20_000;
    private static final int DEEPEST_TAG = 100;
    private static final int LONGEST_TEXT = 16_000_000;
    private static final int MOST_ITEMS = 100_000;
    private static final int MOST_STEPS = 500_000;
    private static final int LONGEST_RANGE = 10_000;
    private static final Duration LONGEST_TIME = Duration.ofSeconds(5);
    private static final String BUDGET = "what is left"; // no template can spell a variable with a space

    private static final Set<String> FILTERS = Set.of(
            "abs",
            "capitalize",
            "count",
            "d",
            "default",
            "dictsort",
            "first",
            "float",
            "int",
            "items",
            "join",
            "last",
            "length",
            "list",
            "lower",
            "map",
            "reject",
            "rejectattr",
            "replace",
            "reverse",
            "round",
            "safe",
            "select",
            "selectattr",
            "sort",
            "string",
            "title",
            "tojson",
            "trim",
            "unique",
            "upper");
    private static final Set<String> FUNCTIONS = Set.of(":namespace", ":range");
    private static final List<String> PYTHON_FUNCTIONS = List.of("raise_exception", "strftime_now");
    private static final Set<String> TAGS = Set.of(
            "for",
            "if",
            "elif",
            "else",
            "set",
            "macro",
            "break",
            "continue",
            "raw",
            "do",
            "endfor",
            "endif",
            "endset",
            "endmacro",
            "endraw");

    /** {@code {% generation %}} marks what to train on; it renders as it is. */
    private static final Pattern GENERATION = Pattern.compile("(\\{%[-+]?\\s*)(end)?generation(\\s*[-+]?%\\})");

    private static final Pattern TAG = Pattern.compile("\\{[{%].*?[}%]\\}", Pattern.DOTALL);
    private static final Pattern COMMENT = Pattern.compile("\\{#.*?#\\}", Pattern.DOTALL);
    private static final Pattern STRING =
            Pattern.compile("'(?:\\\\.|[^'\\\\])*+'|\"(?:\\\\.|[^\"\\\\])*+\"", Pattern.DOTALL);
    private static final Pattern FILTER = Pattern.compile("\\|\\s*([A-Za-z_]\\w*)");
    private static final Pattern REVERSED = Pattern.compile("(?<=[\\w)\\]])\\[\\s*::\\s*-1\\s*\\]");

    /** What Jinjava does itself before each node. */
    private static final JinjavaNodePreProcessor BOOKKEEPING = new JinjavaNodePreProcessor();

    private final Jinjava engine;

    Jinja(Clock clock) {
        this.engine = new Jinjava(config(clock));
        engine.setResourceLocator((name, encoding, interpreter) -> {
            throw new IllegalArgumentException("a chat template may not read '" + name + "'");
        });
        PYTHON_FUNCTIONS.forEach(name -> engine.registerFunction(function(name)));
        engine.registerFilter(new PythonFilters.ToJson());
        engine.registerFilter(new PythonFilters.Replace());
        engine.registerFilter(new PythonFilters.Reverse());
        engine.registerFilter(new PythonFilters.Items());
    }

    private static JinjavaConfig config(Clock clock) {
        var resolver = new CompositeELResolver();
        resolver.add(new PythonMethods());
        resolver.add(new ArrayELResolver(true));
        resolver.add(new JinjavaListELResolver(true));
        resolver.add(new MapELResolver(true));
        resolver.add(new JinjavaBeanELResolver(true));
        return JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withLegacyOverrides(likeJinja2())
                .withNestedInterpretationEnabled(false)
                .withElResolver(resolver)
                .withTimeZone(clock.getZone())
                .withDateTimeProvider(clock::millis)
                .withDisabled(disabled())
                .withMaxOutputSize(LONGEST_TEXT)
                .withMaxStringLength(LONGEST_TEXT)
                .withMaxListSize(MOST_ITEMS)
                .withMaxMapSize(MOST_ITEMS)
                .withRangeLimit(LONGEST_RANGE)
                .withMaxRenderDepth(50)
                .withMaxMacroRecursionDepth(10)
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor(Jinja::countStep)
                        .build())
                .build();
    }

    private static LegacyOverrides likeJinja2() {
        return LegacyOverrides.newBuilder()
                .withEvaluateMapKeys(true)
                .withIterateOverMapKeys(true)
                .withUsePyishObjectMapper(true)
                .withUseNaturalOperatorPrecedence(true)
                .withParseWhitespaceControlStrictly(true)
                .withAllowAdjacentTextNodes(true)
                .withUseTrimmingForNotesAndExpressions(true)
                .withKeepNullableLoopValues(true)
                .build();
    }

    /** All that Jinjava offers beyond what templates need: some of it reads, sleeps or fills the memory. */
    private static Map<Library, Set<String>> disabled() {
        var all = new Jinjava().getGlobalContext();
        return Map.of(
                Library.FILTER,
                        without(
                                all.getAllFilters().stream()
                                        .map(f -> f.getName())
                                        .toList(),
                                FILTERS),
                Library.FUNCTION,
                        without(
                                all.getAllFunctions().stream()
                                        .map(f -> f.getName())
                                        .toList(),
                                FUNCTIONS),
                Library.TAG,
                        without(all.getAllTags().stream().map(t -> t.getName()).toList(), TAGS));
    }

    private static Set<String> without(List<String> names, Set<String> wanted) {
        var rest = new HashSet<>(names);
        rest.removeAll(wanted);
        return rest;
    }

    private static ELFunctionDefinition function(String name) {
        return new ELFunctionDefinition("", name, Jinja.class, name, String.class);
    }

    /** Ends rendering: a template's way to refuse a conversation. */
    public static Object raise_exception(String message) {
        throw new Refusal(message);
    }

    /** The time in C's notation: {@code strftime_now("%d %b %Y")}. */
    public static Object strftime_now(String format) {
        JinjavaConfig config = JinjavaInterpreter.getCurrent().getConfig();
        Instant now = Instant.ofEpochMilli(config.getDateTimeProvider().getCurrentTimeMillis());
        return StrftimeFormatter.format(ZonedDateTime.ofInstant(now, config.getTimeZone()), format);
    }

    /** What a template said when it refused. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refusal(String message) {
            super(message);
        }
    }

    /** The template in the part of Jinja that Jinjava reads. */
    static String adapted(String template) {
        Vocabulary.require(
                template.length() <= LONGEST_TEMPLATE,
                "a chat template may have " + LONGEST_TEMPLATE + " characters, but this one has " + template.length());
        TAG.matcher(COMMENT.matcher(template).replaceAll(""))
                .results()
                .map(tag -> STRING.matcher(tag.group()).replaceAll("''"))
                .forEach(Jinja::check);
        String known = GENERATION
                .matcher(template)
                .replaceAll(tag -> tag.group(1) + (tag.group(2) == null ? "if true" : "endif") + tag.group(3));
        return TAG.matcher(known)
                .replaceAll(tag -> Matcher.quoteReplacement(
                        NamedArguments.enclosed(REVERSED.matcher(tag.group()).replaceAll("|reverse"))));
    }

    /** Jinjava's parser takes the square of a tag's length in time, and passes over filters it does not know. */
    private static void check(String tag) {
        Vocabulary.require(
                tag.length() <= LONGEST_TAG,
                "a tag of a chat template may have " + LONGEST_TAG + " characters, but one has " + tag.length());
        int depth = 0;
        for (int i = 0; i < tag.length(); i++) {
            char letter = tag.charAt(i);
            depth += "([{".indexOf(letter) >= 0 ? 1 : ")]}".indexOf(letter) >= 0 ? -1 : 0;
            Vocabulary.require(depth <= DEEPEST_TAG, "a tag of the chat template has brackets in brackets without end");
        }
        FILTER.matcher(tag)
                .results()
                .map(filter -> filter.group(1))
                .forEach(name -> Vocabulary.require(
                        FILTERS.contains(name),
                        "the chat template uses the filter '" + name + "'; we have " + new TreeSet<>(FILTERS)));
    }

    String render(String template, Map<String, Object> variables) {
        Map<String, Object> scope = new HashMap<>(variables);
        scope.put(BUDGET, new Budget());
        PYTHON_FUNCTIONS.forEach(
                function -> scope.put(function, "a function")); // "strftime_now is defined" asks for these
        RenderResult result = result(template, scope);
        for (TemplateError error : result.getErrors()) {
            throw failure(error);
        }
        return result.getOutput();
    }

    private RenderResult result(String template, Map<String, Object> scope) {
        try {
            return engine.renderForResult(template, scope);
        } catch (Refusal e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("the chat template is nested too deeply", e);
        } catch (FatalTemplateErrorsException e) {
            throw new IllegalArgumentException("the chat template fails: " + e.getMessage(), e);
        }
    }

    private static IllegalArgumentException failure(TemplateError error) {
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof Refusal) {
                return new IllegalArgumentException(cause.getMessage(), cause);
            }
        }
        return new IllegalArgumentException(
                "the chat template fails in line " + error.getLineno() + ": " + error.getMessage(),
                error.getException());
    }

    private static void countStep(Node node, JinjavaInterpreter interpreter) {
        BOOKKEEPING.accept(node, interpreter);
        if (interpreter.getContext().get(BUDGET) instanceof Budget budget) {
            budget.takeStep();
        }
        for (Object value : interpreter.getContext().getScope().values()) {
            PythonMethods.checkLength(value);
        }
    }

    /** Steps bound what loops do; a step may still handle long texts, so there is a bound on time, far beyond any use. */
    private static final class Budget {
        private final long start = System.nanoTime();
        private int steps;

        void takeStep() {
            if (++steps > MOST_STEPS || System.nanoTime() - start > LONGEST_TIME.toNanos()) {
                throw new Refusal("the chat template takes more than " + MOST_STEPS + " steps or "
                        + LONGEST_TIME.toSeconds() + " seconds: does a loop in it ever end?");
            }
        }
    }

    /** Refuses a text that no conversation needs. */
    static void checkLength(long length) {
        if (length > LONGEST_TEXT) {
            throw new Refusal("the chat template makes a text of more than " + LONGEST_TEXT + " characters");
        }
    }
}
