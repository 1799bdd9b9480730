package org.apache.cxf.transport.http

import groovy.transform.CompileStatic

/** An HTTP status that the SOAP receiver got. */
@CompileStatic
class HTTPException extends IOException {
    int responseCode
    String responseMessage
    URL uri

    HTTPException(String message) { super(message) }
}
