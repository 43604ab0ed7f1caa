package io.palimpsest.training.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A page that stands alone, with charts, for people. */
public final class HtmlPage {

    private static final String STYLE = "body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2em auto;"
            + "padding:0 1em;color:#222}svg{width:100%;margin:1em 0;font:12px system-ui,sans-serif}"
            + ".title{font-weight:600;font-size:14px}.grid{stroke:#e4e4e4}.y{text-anchor:end;fill:#666}"
            + ".x{text-anchor:middle;fill:#666}";

    private HtmlPage() {}

    /** Writes the page as a whole or not at all. */
    public static void write(Path file, String title, String summary, List<LineChart> charts) {
        StringBuilder page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>")
                .append(LineChart.escaped(title))
                .append("</title><style>")
                .append(STYLE)
                .append("</style>\n<h1>")
                .append(LineChart.escaped(title))
                .append("</h1>\n<p>")
                .append(LineChart.escaped(summary))
                .append("</p>\n");
        charts.forEach(chart -> page.append(chart.svg()));
        try {
            Path part = file.resolveSibling("." + file.getFileName() + ".part");
            Files.writeString(part, page.append("</html>\n"));
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }
}
