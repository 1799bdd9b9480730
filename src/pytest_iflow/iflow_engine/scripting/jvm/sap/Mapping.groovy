package com.sap.it.api.mapping

import com.sap.it.api.ITApi

interface ValueMappingApi extends ITApi {
    String getMappedValue(String sourceAgency, String sourceIdentifier, String sourceValue,
                          String targetAgency, String targetIdentifier)
}

/** What a function of a message mapping may ask of the message. */
interface MappingContext {
    String getHeader(String name)
    void setHeader(String name, String value)
    Object getProperty(String name)
    void setProperty(String name, Object value)
}

/** The queue that a function of a message mapping writes. */
interface Output {
    void addValue(Object value)
    void addContextChange()
    void addSuppress()
    boolean isSuppress(Object value)
}
