package javax.activation

import groovy.transform.CompileStatic

/** Where data comes from; Java has this no more since version 11. */
interface DataSource {
    InputStream getInputStream() throws IOException
    OutputStream getOutputStream() throws IOException
    String getContentType()
    String getName()
}

/** Data with its media type. */
@CompileStatic
class DataHandler {
    private final DataSource source
    private final Object object
    private final String type

    DataHandler(DataSource source) { this(source, null, source.contentType) }

    DataHandler(Object object, String type) { this(null, object, type) }

    private DataHandler(DataSource source, Object object, String type) {
        this.source = source
        this.object = object
        this.type = type
    }

    DataSource getDataSource() { source }

    String getName() { source?.name }

    String getContentType() { type }

    InputStream getInputStream() throws IOException {
        source != null ? source.inputStream : new ByteArrayInputStream(iflow.Conversion.bytes(object))
    }

    Object getContent() throws IOException {
        if (source == null) { return object }
        type?.toLowerCase()?.startsWith('text/') ? iflow.Conversion.text(source.inputStream) : source.inputStream
    }

    void writeTo(OutputStream out) throws IOException { out.write(iflow.Conversion.bytes(inputStream)) }
}
