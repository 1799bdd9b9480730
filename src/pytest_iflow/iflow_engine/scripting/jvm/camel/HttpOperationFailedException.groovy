package org.apache.camel.http.common

import groovy.transform.CompileStatic
import iflow.HttpAnswer
import org.apache.camel.CamelException

/** What Camel's HTTP component raises for an answer that is no success. */
@CompileStatic
class HttpOperationFailedException extends CamelException {
    @Delegate private final HttpAnswer answer

    HttpOperationFailedException(String message, HttpAnswer answer) {
        super(message)
        this.answer = answer
    }

    int getHttpResponseCode() { answer.statusCode }

    String getHttpResponseStatus() { answer.statusText }

    Map<String, String> getHttpResponseHeaders() { answer.responseHeaders }
}
