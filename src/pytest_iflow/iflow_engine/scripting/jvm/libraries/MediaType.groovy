package javax.ws.rs.core

import groovy.transform.CompileStatic

/** Names of media types. */
@CompileStatic
class MediaType {
    static final String APPLICATION_JSON = 'application/json'
    static final String APPLICATION_XML = 'application/xml'
    static final String APPLICATION_OCTET_STREAM = 'application/octet-stream'
    static final String APPLICATION_FORM_URLENCODED = 'application/x-www-form-urlencoded'
    static final String MULTIPART_FORM_DATA = 'multipart/form-data'
    static final String TEXT_PLAIN = 'text/plain'
    static final String TEXT_XML = 'text/xml'
    static final String TEXT_HTML = 'text/html'
}
