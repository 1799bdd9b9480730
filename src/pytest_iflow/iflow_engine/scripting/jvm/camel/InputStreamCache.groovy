package org.apache.camel.converter.stream

import groovy.transform.CompileStatic

/** A body of bytes, which is read from its beginning as often as it is asked for. */
@CompileStatic
class InputStreamCache extends ByteArrayInputStream {
    final byte[] content

    InputStreamCache(byte[] content) {
        super(content)
        this.content = content
    }
}
