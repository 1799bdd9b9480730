package com.sap.gateway.ip.core.customdev.util

import javax.activation.DataHandler
import org.apache.camel.Exchange

/** The message as scripts see it: names and signatures of SAP's public Script API. */
interface Message {
    Object getBody()
    public <T> T getBody(Class<T> type)
    void setBody(Object body)
    long getBodySize()

    Map<String, Object> getHeaders()
    Object getHeader(String name)
    public <T> T getHeader(String name, Class<T> type)
    void setHeaders(Map<String, Object> headers)
    void setHeader(String name, Object value)

    Map<String, Object> getProperties()
    Object getProperty(String name)
    void setProperties(Map<String, Object> properties)
    void setProperty(String name, Object value)

    Map<String, DataHandler> getAttachments()
    void setAttachments(Map<String, DataHandler> attachments)
    long getAttachmentsSize()
    Map<String, AttachmentWrapper> getAttachmentWrapperObjects()
    void setAttachmentWrapperObjects(Map<String, AttachmentWrapper> attachments)
    void addAttachmentObject(String name, AttachmentWrapper content)
    String getAttachmentHeader(String header, AttachmentWrapper attachment)
    void setAttachmentHeader(String header, String value, AttachmentWrapper attachment)
    void addAttachmentHeader(String header, String value, AttachmentWrapper attachment)
    void removeAttachmentHeader(String header, AttachmentWrapper attachment)

    List<SoapHeader> getSoapHeaders()
    void setSoapHeaders(List<SoapHeader> headers)
    void clearSoapHeaders()

    /** Not in SAP's API, but read by public scripts as <code>message.exchange</code>. */
    Exchange getExchange()
}
