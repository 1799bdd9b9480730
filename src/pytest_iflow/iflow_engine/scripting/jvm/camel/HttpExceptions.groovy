package org.apache.camel.component.ahc

import groovy.transform.CompileStatic
import iflow.HttpAnswer
import org.apache.camel.CamelException

/** What SAP's HTTP receiver raises for an answer that is no success. */
@CompileStatic
class AhcOperationFailedException extends CamelException {
    @Delegate private final HttpAnswer answer

    AhcOperationFailedException(String message, HttpAnswer answer) {
        super(message)
        this.answer = answer
    }
}
