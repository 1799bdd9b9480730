package com.sap.gateway.ip.core.customdev.util

import groovy.transform.CompileStatic
import javax.activation.DataHandler
import javax.activation.DataSource
import javax.xml.namespace.QName

/** An attachment with headers of its own. */
@CompileStatic
class AttachmentWrapper {
    private final DataHandler handler
    private final Map<String, List<String>> values = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER)

    AttachmentWrapper(DataSource source) { handler = new DataHandler(source) }

    AttachmentWrapper(DataHandler handler) { this.handler = handler }

    DataHandler getDataHandler() { handler }

    String getContentType() { handler.contentType }

    String getName() { handler.name }

    InputStream getInputStream() { handler.inputStream }

    Object getContent() { handler.content }

    Collection<String> getHeaderNames() { values.keySet() }

    List<String> getHeaderAsList(String name) { values.get(name) }

    String getHeader(String name) { values.get(name)?.join(',') }

    void addHeader(String name, String value) {
        if (!values.containsKey(name)) { values.put(name, new ArrayList<String>()) }
        values.get(name).add(value)
    }

    void setHeader(String name, String value) { values.put(name, new ArrayList<String>([value])) }

    void removeHeader(String name) { values.remove(name) }
}

/** One header of a SOAP envelope. */
@CompileStatic
class SoapHeader {
    private final QName name
    private final String content
    private final boolean mustUnderstand
    private final String actor

    SoapHeader(QName name, String content, boolean mustUnderstand, String actor) {
        this.name = name
        this.content = content
        this.mustUnderstand = mustUnderstand
        this.actor = actor
    }

    QName getName() { name }

    String getContent() { content }

    boolean isMustUnderstand() { mustUnderstand }

    String getActor() { actor }
}
