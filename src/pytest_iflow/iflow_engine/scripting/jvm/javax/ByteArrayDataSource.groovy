package javax.mail.util

import groovy.transform.CompileStatic
import javax.activation.DataSource

/** Bytes or text with a media type. */
@CompileStatic
class ByteArrayDataSource implements DataSource {
    private final byte[] data
    private final String type
    String name = ''

    ByteArrayDataSource(byte[] data, String type) {
        this.data = data
        this.type = type
    }

    ByteArrayDataSource(String data, String type) { this(data.getBytes('UTF-8'), type) }

    ByteArrayDataSource(InputStream data, String type) { this(iflow.Conversion.bytes(data), type) }

    InputStream getInputStream() { new ByteArrayInputStream(data) }

    OutputStream getOutputStream() throws IOException { throw new IOException('cannot be written') }

    String getContentType() { type }
}
