package io.palimpsest.training.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchedulePageTest {

    /** {@code mvn -pl training test -Dtest=SchedulePageTest -Dpalimpsest.write.docs=true} draws it anew. */
    @Test
    void the_page_in_the_documentation_shows_what_the_schedules_are(@TempDir Path folder) throws IOException {
        Path page = Path.of("..", "docs", "theory", "noise-schedules.html");
        if (Boolean.getBoolean("palimpsest.write.docs")) {
            Files.createDirectories(page.getParent());
            SchedulePage.write(page);
        }
        SchedulePage.write(folder.resolve("page.html"));
        assertThat(page).hasSameTextualContentAs(folder.resolve("page.html"));
    }
}
