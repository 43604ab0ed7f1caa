package io.palimpsest.model.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which of a repository's files a model is read from: configuration, tokenizer and template, and one form of the weights,
 * safetensors before GGUF. Python code and pickled weights could execute anything when they are loaded; they are left out,
 * and so is whatever else nobody reads.
 *
 * @param chosen the names of the files to have
 * @param leftOut the names of all others, and why
 */
record Selection(List<String> chosen, Map<String, String> leftOut) {

    static final String CODE = "code, which is never run";
    static final String PICKLE = "weights in a form that can run code";
    static final String OTHER_WEIGHTS = "another form of the weights";
    static final String NOT_NEEDED = "not needed";

    private static final String INDEX = ".safetensors.index.json";

    private static final Pattern SMALL = Pattern.compile(
            "config[^/]*\\.json|generation_config\\.json|adapter_config\\.json"
                    + "|tokenizer[^/]*\\.(json|txt|model)|special_tokens_map\\.json|added_tokens\\.json|vocab[^/]*\\.(json|txt)"
                    + "|merges\\.txt|[^/]*\\.tiktoken|(spiece|sentencepiece[^/]*)\\.model|chat_template[^/]*\\.(jinja|json)");
    private static final Pattern CODE_NAME = Pattern.compile(".*\\.(py|pyc|pyd|so|dll|dylib|sh|bat|exe|ipynb)");
    private static final Pattern PICKLE_NAME =
            Pattern.compile(".*\\.(bin|pt|pth|pkl|pickle|ckpt|joblib|npy|npz|msgpack|h5|mar)");
    private static final Pattern SHARD = Pattern.compile("(.+)-(\\d{1,6})-of-(\\d{1,6})\\.(safetensors|gguf)");

    /** What to have of a repository with these files; {@code file} names the weights where there is a choice. */
    static Selection of(Collection<String> names, Optional<String> file, Repository repository) {
        Set<String> chosen = new LinkedHashSet<>();
        names.stream().filter(name -> SMALL.matcher(name).matches()).forEach(chosen::add);
        chosen.addAll(new Weights(names, repository).chosen(file));
        Map<String, String> leftOut = new TreeMap<>();
        for (String name : names) {
            if (!chosen.contains(name)) {
                leftOut.put(name, reason(name));
            }
        }
        return new Selection(List.copyOf(chosen), leftOut);
    }

    /** How many GGUF models these files are: the parts of one count once. */
    static long forms(List<String> ggufs) {
        return ggufs.stream().map(Weights::stem).distinct().count();
    }

    private static String reason(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (CODE_NAME.matcher(lower).matches()) {
            return CODE;
        }
        if (PICKLE_NAME.matcher(lower).matches()) {
            return PICKLE;
        }
        boolean weights = lower.endsWith(".safetensors")
                || lower.endsWith(INDEX)
                || lower.endsWith(".gguf")
                || lower.endsWith(".onnx");
        return weights ? OTHER_WEIGHTS : NOT_NEEDED;
    }

    /** The choice among the forms of the weights. */
    private record Weights(Collection<String> names, Repository repository) {

        Set<String> chosen(Optional<String> file) {
            if (file.isPresent()) {
                return withParts(named(file.get()));
            }
            Set<String> safetensors = atTop(".safetensors");
            if (!safetensors.isEmpty()) {
                return amongSafetensors(safetensors);
            }
            return onlyGguf();
        }

        /** {@code model} and its adapter; a repository without that name gives all it has. */
        private Set<String> amongSafetensors(Set<String> all) {
            Set<String> found = new TreeSet<>();
            boolean sharded = names.contains("model" + INDEX);
            for (String name : all) {
                boolean shard = SHARD.matcher(name).matches();
                if (name.equals("adapter_model.safetensors") || (stem(name).equals("model") && shard == sharded)) {
                    found.add(name);
                }
            }
            Set<String> wanted = found.isEmpty() ? all : found;
            Set<String> chosen = new TreeSet<>();
            wanted.forEach(name -> chosen.addAll(withParts(name)));
            return chosen;
        }

        private Set<String> onlyGguf() {
            Map<String, String> forms = gguf();
            if (forms.isEmpty()) {
                throw noWeights();
            }
            if (forms.size() > 1) {
                throw new IllegalArgumentException(repository.id() + " has " + forms.size()
                        + " GGUF files; choose one with --file: " + String.join(", ", forms.keySet()) + ".");
            }
            return withParts(forms.values().iterator().next());
        }

        /** The first part of each GGUF, under the name that stands for all its parts. */
        private Map<String, String> gguf() {
            Map<String, String> forms = new TreeMap<>();
            for (String name : new TreeSet<>(names)) {
                if (name.endsWith(".gguf") && !FileName.last(name).startsWith("mmproj")) {
                    forms.putIfAbsent(stem(name) + ".gguf", name);
                }
            }
            return forms;
        }

        private String named(String wanted) {
            if (names.contains(wanted)) {
                requireWeights(wanted);
                return wanted;
            }
            Map<String, String> forms = gguf();
            String part = wanted.toLowerCase(Locale.ROOT);
            List<String> fitting = forms.keySet().stream()
                    .filter(name -> name.toLowerCase(Locale.ROOT).contains(part))
                    .collect(Collectors.toList());
            if (fitting.size() == 1) {
                return forms.getOrDefault(fitting.get(0), "");
            }
            Set<String> choice = new TreeSet<>(fitting.isEmpty() ? forms.keySet() : fitting);
            if (fitting.isEmpty()) {
                choice.addAll(atTop(".safetensors"));
            }
            throw new IllegalArgumentException(
                    "--file " + wanted + " fits " + (fitting.isEmpty() ? "no" : fitting.size()) + " files of "
                            + repository.id() + "; it has " + String.join(", ", choice) + ".");
        }

        private void requireWeights(String name) {
            if (!name.endsWith(".gguf") && !name.endsWith(".safetensors")) {
                throw new IllegalArgumentException(
                        "--file " + name + " is " + reason(name) + "; it chooses a .gguf or a .safetensors file.");
            }
        }

        /** All parts of the weights that {@code name} is a part of, with their index. */
        private Set<String> withParts(String name) {
            Matcher shard = SHARD.matcher(name);
            if (!shard.matches()) {
                return Set.of(name);
            }
            Set<String> parts = new TreeSet<>();
            String index = shard.group(1) + INDEX;
            if (names.contains(index)) {
                parts.add(index);
            }
            Set<Integer> found = new TreeSet<>();
            for (String other : names) {
                Matcher part = SHARD.matcher(other);
                if (part.matches() && sameWhole(part, shard)) {
                    parts.add(other);
                    found.add(Integer.parseInt(part.group(2)));
                }
            }
            requireAll(found, shard);
            return parts;
        }

        private static boolean sameWhole(Matcher one, Matcher other) {
            return one.group(1).equals(other.group(1))
                    && one.group(3).equals(other.group(3))
                    && one.group(4).equals(other.group(4));
        }

        private void requireAll(Set<Integer> found, Matcher shard) {
            int count = Integer.parseInt(shard.group(3));
            for (int i = 1; i <= count; i++) {
                if (!found.contains(i)) {
                    throw new HubException(repository + " lacks part " + i + " of the " + count + " of "
                            + shard.group(1) + "." + shard.group(4) + "; it is not complete.");
                }
            }
        }

        private Set<String> atTop(String ending) {
            return names.stream()
                    .filter(name -> !name.contains("/") && name.endsWith(ending))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        private static String stem(String name) {
            Matcher shard = SHARD.matcher(name);
            return shard.matches() ? shard.group(1) : name.substring(0, name.lastIndexOf('.'));
        }

        private HubException noWeights() {
            List<String> pickles = new ArrayList<>();
            for (String name : names) {
                if (reason(name).equals(PICKLE)) {
                    pickles.add(name);
                }
            }
            return new HubException(
                    pickles.isEmpty()
                            ? repository + " has no weights: neither .safetensors nor .gguf."
                            : repository + " has its weights only as " + pickles.get(0)
                                    + ", a form that can run code and is never loaded; look for one with .safetensors"
                                    + " or .gguf.");
        }
    }
}
