package com.sap.it.api.msglog

import com.sap.gateway.ip.core.customdev.util.Message

/** Gives scripts the log of their message, as the variable <code>messageLogFactory</code>. */
interface MessageLogFactory {
    MessageLog getMessageLog(Message message)
}

/** What scripts write into the message processing log. */
interface MessageLog {
    void setStringProperty(String name, String value)
    void setIntegerProperty(String name, Integer value)
    void setLongProperty(String name, Long value)
    void setBooleanProperty(String name, Boolean value)
    void setFloatProperty(String name, Float value)
    void setDoubleProperty(String name, Double value)
    void setDateProperty(String name, Date value)
    void addCustomHeaderProperty(String name, String value)
    void addAttachmentAsString(String name, String text, String mediaType)
}
