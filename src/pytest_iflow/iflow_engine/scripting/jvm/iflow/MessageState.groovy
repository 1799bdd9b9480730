package iflow

import com.sap.gateway.ip.core.customdev.util.AttachmentWrapper
import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.gateway.ip.core.customdev.util.SoapHeader
import groovy.transform.CompileStatic
import javax.activation.DataHandler
import javax.mail.util.ByteArrayDataSource
import org.apache.camel.Exchange
import org.apache.camel.converter.stream.InputStreamCache

/** The message of one call. Scripts have it through a facade: a Groovy class would take message.body as a property. */
@CompileStatic
class MessageState implements Message {
    private Message facade
    private Object content
    private Object atFirst
    private Map<String, Object> headerMap = new TreeMap<String, Object>(String.CASE_INSENSITIVE_ORDER)
    private Map<String, Object> propertyMap = new HashMap<String, Object>()
    private Map<String, Object> headersAtFirst
    private Map<String, Object> propertiesAtFirst
    private Map<String, AttachmentWrapper> attached = new LinkedHashMap<String, AttachmentWrapper>()
    private Map<String, AttachmentWrapper> attachedAtFirst
    private List<SoapHeader> soap = new ArrayList<SoapHeader>()
    private Exchange camel
    private final String artifact

    MessageState(Map<String, Object> json, byte[] body, Values values) {
        artifact = (String) json.artifact
        content = json.body == 'text' ? new String(body, 'UTF-8') : (body == null ? null : new InputStreamCache(body))
        atFirst = content
        for (Map.Entry<String, Object> each : ((Map<String, Object>) json.headers).entrySet()) {
            headerMap.put(each.key, values.read(each.value))
        }
        for (Map.Entry<String, Object> each : ((Map<String, Object>) json.get('properties')).entrySet()) {
            propertyMap.put(each.key, values.read(each.value))
        }
        for (Object each : (List) json.attachments) {
            Map<String, Object> given = (Map<String, Object>) each
            ByteArrayDataSource source = new ByteArrayDataSource(Base64.decoder.decode((String) given.content), (String) given.type)
            source.name = (String) given.name
            attached.put((String) given.name, new AttachmentWrapper(source))
        }
        headersAtFirst = new HashMap<String, Object>(headerMap)
        propertiesAtFirst = new HashMap<String, Object>(propertyMap)
        attachedAtFirst = new LinkedHashMap<String, AttachmentWrapper>(attached)
    }

    /** Put what a script changed into the answer; return the body's bytes, null for none or the same. */
    byte[] write(Map<String, Object> answer, Values values) {
        writeMaps(answer, values)
        if (attached != attachedAtFirst) {
            answer.attachments = attached.collect { String name, AttachmentWrapper each ->
                [name: name, type: each.contentType, content: Base64.encoder.encodeToString(Conversion.bytes(each.inputStream))]
            }
        }
        if (content.is(atFirst)) {
            answer.body = 'same'
            return null
        }
        boolean binary = content instanceof byte[] || content instanceof InputStream
        answer.body = content == null ? 'none' : (binary ? 'bytes' : 'text')
        content == null ? null : (binary ? Conversion.bytes(content) : Conversion.text(content).getBytes('UTF-8'))
    }

    void writeMaps(Map<String, Object> answer, Values values) {
        answer.headers = values.changes(headersAtFirst, headerMap)
        answer.put('properties', values.changes(propertiesAtFirst, propertyMap))
    }

    /** What scripts have. */
    Message shown() {
        if (facade == null) { facade = (Message) Facade.of(Message, this) }
        facade
    }

    String artifactId() { artifact }

    Object getBody() {
        if (content instanceof InputStreamCache) { ((InputStreamCache) content).reset() }
        content
    }

    public <T> T getBody(Class<T> type) { Conversion.to(getBody(), type, charset()) }

    /** The charset of the body, as Camel's Exchange.CHARSET_NAME names it. */
    private String charset() { headerMap.get('CamelCharsetName') ?: propertyMap.get('CamelCharsetName') ?: 'UTF-8' }

    void setBody(Object body) { content = body }

    long getBodySize() { content == null ? 0L : (long) Conversion.bytes(getBody()).length }

    Map<String, Object> getHeaders() { headerMap }

    Object getHeader(String name) { headerMap.get(name) }

    public <T> T getHeader(String name, Class<T> type) { Conversion.to(headerMap.get(name), type) }

    void setHeaders(Map<String, Object> headers) {
        headerMap = new TreeMap<String, Object>(String.CASE_INSENSITIVE_ORDER)
        headerMap.putAll(headers)
    }

    void setHeader(String name, Object value) { headerMap.put(name, value) }

    Map<String, Object> getProperties() { propertyMap }

    Object getProperty(String name) { propertyMap.get(name) }

    void setProperties(Map<String, Object> properties) { propertyMap = new HashMap<String, Object>(properties) }

    void setProperty(String name, Object value) { propertyMap.put(name, value) }

    Map<String, DataHandler> getAttachments() { new HandlerView(attached) }

    void setAttachments(Map<String, DataHandler> attachments) {
        Map<String, DataHandler> given = new LinkedHashMap<String, DataHandler>(attachments)
        attached.clear()
        getAttachments().putAll(given)
    }

    long getAttachmentsSize() {
        long size = 0
        for (AttachmentWrapper each : attached.values()) { size += Conversion.bytes(each.inputStream).length }
        size
    }

    Map<String, AttachmentWrapper> getAttachmentWrapperObjects() { attached }

    void setAttachmentWrapperObjects(Map<String, AttachmentWrapper> attachments) {
        attached = new LinkedHashMap<String, AttachmentWrapper>(attachments)
    }

    void addAttachmentObject(String name, AttachmentWrapper attachment) { attached.put(name, attachment) }

    String getAttachmentHeader(String header, AttachmentWrapper attachment) { attachment.getHeader(header) }

    void setAttachmentHeader(String header, String value, AttachmentWrapper attachment) { attachment.setHeader(header, value) }

    void addAttachmentHeader(String header, String value, AttachmentWrapper attachment) { attachment.addHeader(header, value) }

    void removeAttachmentHeader(String header, AttachmentWrapper attachment) { attachment.removeHeader(header) }

    List<SoapHeader> getSoapHeaders() { soap }

    void setSoapHeaders(List<SoapHeader> headers) { soap = new ArrayList<SoapHeader>(headers) }

    void clearSoapHeaders() { soap.clear() }

    Exchange getExchange() {
        if (camel == null) { camel = (Exchange) Facade.of(Exchange, new ExchangeState(this)) }
        camel
    }
}

/** The attachments as data handlers; what is put or removed here is so in the message. */
@CompileStatic
class HandlerView extends AbstractMap<String, DataHandler> {
    private final Map<String, AttachmentWrapper> attached

    HandlerView(Map<String, AttachmentWrapper> attached) { this.attached = attached }

    DataHandler put(String name, DataHandler handler) {
        DataHandler before = attached.get(name)?.dataHandler
        attached.put(name, new AttachmentWrapper(handler))
        before
    }

    Set<Map.Entry<String, DataHandler>> entrySet() {
        final Map<String, AttachmentWrapper> source = attached
        new AbstractSet<Map.Entry<String, DataHandler>>() {
            int size() { source.size() }

            Iterator<Map.Entry<String, DataHandler>> iterator() { new HandlerIterator(source.entrySet().iterator()) }
        }
    }
}

@CompileStatic
class HandlerIterator implements Iterator<Map.Entry<String, DataHandler>> {
    private final Iterator<Map.Entry<String, AttachmentWrapper>> entries

    HandlerIterator(Iterator<Map.Entry<String, AttachmentWrapper>> entries) { this.entries = entries }

    boolean hasNext() { entries.hasNext() }

    Map.Entry<String, DataHandler> next() {
        Map.Entry<String, AttachmentWrapper> entry = entries.next()
        new AbstractMap.SimpleEntry<String, DataHandler>(entry.key, entry.value.dataHandler)
    }

    void remove() { entries.remove() }
}
