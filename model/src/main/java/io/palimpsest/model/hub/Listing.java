package io.palimpsest.model.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a repository holds at a revision.
 *
 * @param commit the revision as a commit
 * @param sizes the names of the files, and their lengths where the hub says them, else -1
 */
record Listing(String commit, Map<String, Long> sizes) {

    static final long UNKNOWN = -1;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads the hub's answer. */
    static Listing parse(byte[] answer, Repository repository) {
        JsonNode json = json(answer, repository);
        String commit = json.path("sha").asText();
        if (!Repository.isCommit(commit)) {
            throw new HubException(
                    "the hub's answer for " + repository + " has no commit ('sha'); is HF_ENDPOINT a hub?");
        }
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (JsonNode file : json.path("siblings")) {
            String name = FileName.checked(file.path("rfilename").asText(), repository);
            sizes.put(name, file.path("size").asLong(UNKNOWN));
        }
        return new Listing(commit, sizes);
    }

    private static JsonNode json(byte[] answer, Repository repository) {
        try {
            return JSON.readTree(answer);
        } catch (JsonProcessingException e) {
            throw new HubException("the hub's answer for " + repository + " is not JSON; is HF_ENDPOINT a hub?", e);
        } catch (IOException e) {
            throw new HubException("the hub's answer for " + repository + " cannot be read: " + e.getMessage(), e);
        }
    }
}
