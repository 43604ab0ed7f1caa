package io.palimpsest.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.palimpsest.tensor.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;

/**
 * A Parquet file's rows as JSON objects, one at a time, so that whatever reads JSON lines reads Parquet too. Only the columns
 * that are asked for leave the disk, and only one row group of them is in memory.
 *
 * <p>A text column of another name than {@code text} is named behind the file's: {@code wiki.parquet#content}.
 *
 * @param file the file
 * @param textColumn the column that is given as {@code text}
 */
record ParquetRows(Path file, String textColumn) {

    private static final String TEXT = "text";
    private static final String SUFFIX = ".parquet";
    private static final String SEPARATOR = SUFFIX + "#";

    /** Whether {@code file} is Parquet, by its name. */
    static boolean isParquet(Path file) {
        return file.toString().endsWith(SUFFIX) || file.toString().contains(SEPARATOR);
    }

    /** The file that {@code named} names, and its text column. */
    static ParquetRows of(Path named) {
        String name = named.toString();
        int at = name.lastIndexOf(SEPARATOR);
        return at < 0 || Files.exists(named)
                ? new ParquetRows(named, TEXT)
                : new ParquetRows(
                        Path.of(name.substring(0, at + SUFFIX.length())), name.substring(at + SEPARATOR.length()));
    }

    /** Gives each row, of its columns those in {@code keys}. */
    void each(TextFiles.Keys keys, Consumer<JsonNode> row) {
        try (ParquetFileReader reader = new ParquetFileReader(new LocalInputFile(file), options())) {
            MessageType wanted = wanted(reader.getFileMetaData().getSchema(), keys);
            reader.setRequestedSchema(wanted);
            for (PageReadStore group = reader.readNextRowGroup(); group != null; group = reader.readNextRowGroup()) {
                each(group, wanted, row);
            }
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        } catch (InvalidFileException e) {
            throw e;
        } catch (RuntimeException e) { // of the library: no Parquet at all, or broken pages
            throw new InvalidFileException(file, "is not a Parquet file that can be read: " + e.getMessage(), e);
        }
    }

    private static ParquetReadOptions options() {
        return ParquetReadOptions.builder()
                .withCodecFactory(new ParquetCodecs())
                .build();
    }

    private MessageType wanted(MessageType schema, TextFiles.Keys keys) {
        List<Type> columns = schema.getFields().stream()
                .filter(column -> keys.contain(key(column.getName())))
                .toList();
        boolean found = textColumn.equals(TEXT)
                ? keys.oneOf().stream().anyMatch(schema::containsField)
                : schema.containsField(textColumn);
        if (!found) {
            throw missing(schema, textColumn.equals(TEXT) ? String.join("' or '", keys.oneOf()) : textColumn);
        }
        return new MessageType(schema.getName(), columns);
    }

    private InvalidFileException missing(MessageType schema, String expected) {
        String columns =
                String.join(", ", schema.getFields().stream().map(Type::getName).toList());
        return new InvalidFileException(
                file,
                "has no column '" + expected + "'; its columns are " + columns
                        + ". Name the one with the text behind the file's name: " + file.getFileName() + "#COLUMN");
    }

    private String key(String column) {
        return column.equals(textColumn) ? TEXT : column.equals(TEXT) ? "" : column;
    }

    private void each(PageReadStore group, MessageType schema, Consumer<JsonNode> row) {
        RecordReader<Group> records =
                new ColumnIOFactory().getColumnIO(schema).getRecordReader(group, new GroupRecordConverter(schema));
        for (long i = 0; i < group.getRowCount(); i++) {
            ObjectNode json = json(records.read());
            if (!textColumn.equals(TEXT) && json.has(textColumn)) {
                json.set(TEXT, json.remove(textColumn));
            }
            row.accept(json);
        }
    }

    private static ObjectNode json(Group group) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (Type field : group.getType().getFields()) {
            int count = group.getFieldRepetitionCount(field.getName());
            if (field.isRepetition(Type.Repetition.REPEATED)) {
                json.set(field.getName(), elements(group, field, count));
            } else if (count > 0) {
                json.set(field.getName(), value(group, field, 0));
            }
        }
        return json;
    }

    private static ArrayNode elements(Group group, Type field, int count) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < count; i++) {
            array.add(value(group, field, i));
        }
        return array;
    }

    private static JsonNode value(Group group, Type field, int i) {
        if (field.isPrimitive()) {
            return primitive(group, field.asPrimitiveType(), i);
        }
        Group inner = group.getGroup(field.getName(), i);
        return field.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation
                ? list(inner, field.asGroupType())
                : json(inner);
    }

    /** A list is a group with one repeated group with one element, which may be named anything. */
    private static ArrayNode list(Group group, GroupType type) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        Type repeated = type.getType(0);
        for (int i = 0; i < group.getFieldRepetitionCount(0); i++) {
            array.add(
                    repeated.isPrimitive()
                            ? primitive(group, repeated.asPrimitiveType(), i)
                            : element(group.getGroup(0, i)));
        }
        return array;
    }

    private static JsonNode element(Group wrapper) {
        Type element = wrapper.getType().getType(0);
        return wrapper.getFieldRepetitionCount(0) > 0
                ? value(wrapper, element, 0)
                : JsonNodeFactory.instance.nullNode();
    }

    private static JsonNode primitive(Group group, PrimitiveType type, int i) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        String name = type.getName();
        return switch (type.getPrimitiveTypeName()) {
            case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> json.textNode(group.getString(name, i));
            case INT64 -> json.numberNode(group.getLong(name, i));
            case INT32 -> json.numberNode(group.getInteger(name, i));
            case BOOLEAN -> json.booleanNode(group.getBoolean(name, i));
            case FLOAT -> json.numberNode(group.getFloat(name, i));
            case DOUBLE -> json.numberNode(group.getDouble(name, i));
        };
    }
}
