package iflow

import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.msglog.MessageLog
import com.sap.it.api.msglog.MessageLogFactory
import groovy.transform.CompileStatic

/** What a script writes into the message log, kept until the script is over. */
@CompileStatic
class LogState implements MessageLog, MessageLogFactory {
    private final Map<String, String> properties = new LinkedHashMap<String, String>()
    private final List<List<String>> customHeaders = new ArrayList<List<String>>()
    private final List<List<String>> attachments = new ArrayList<List<String>>()

    MessageLog getMessageLog(Message message) { this }

    void setStringProperty(String name, String value) { put(name, value) }

    void setIntegerProperty(String name, Integer value) { put(name, value) }

    void setLongProperty(String name, Long value) { put(name, value) }

    void setBooleanProperty(String name, Boolean value) { put(name, value) }

    void setFloatProperty(String name, Float value) { put(name, value) }

    void setDoubleProperty(String name, Double value) { put(name, value) }

    void setDateProperty(String name, Date value) { put(name, value) }

    synchronized void addCustomHeaderProperty(String name, String value) { customHeaders.add([name, value ?: '']) }

    synchronized void addAttachmentAsString(String name, String text, String mediaType) {
        attachments.add([name, text, mediaType])
    }

    private synchronized void put(String name, Object value) { properties.put(name, String.valueOf(value)) }

    synchronized Map<String, Object> write() {
        [properties: (Object) properties, custom_headers: (Object) customHeaders, attachments: (Object) attachments]
    }
}
