package org.apache.cxf.interceptor

import groovy.transform.CompileStatic
import javax.xml.namespace.QName
import org.w3c.dom.Element

/** What the SOAP receiver raises. */
@CompileStatic
class Fault extends RuntimeException {
    QName faultCode
    Element detail
    int statusCode = 500

    Fault(String message) { super(message) }

    Fault(Throwable cause) { super(cause) }

    boolean hasDetails() { detail != null }
}
