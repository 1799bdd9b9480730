package org.apache.camel

import groovy.transform.CompileStatic
import groovy.transform.InheritConstructors

/** The part of Camel's exchange that scripts touch. */
interface Exchange {
    String getExchangeId()
    CamelContext getContext()
    Object getProperty(String name)
    Object getProperty(String name, Object other)
    public <T> T getProperty(String name, Class<T> type)
    void setProperty(String name, Object value)
    Object removeProperty(String name)
    Map<String, Object> getProperties()
    boolean hasProperties()
    Message getIn()
    Message getMessage()
    Exception getException()
}

/** The part of Camel's message that scripts touch. */
interface Message {
    Object getBody()
    public <T> T getBody(Class<T> type)
    void setBody(Object body)
    Map<String, Object> getHeaders()
    Object getHeader(String name)
    Object getHeader(String name, Object other)
    public <T> T getHeader(String name, Class<T> type)
    void setHeader(String name, Object value)
    void setHeaders(Map<String, Object> headers)
    Object removeHeader(String name)
    Exchange getExchange()
}

interface CamelContext {
    String getName()
    TypeConverter getTypeConverter()
}

interface TypeConverter {
    public <T> T convertTo(Class<T> type, Object value)
    public <T> T convertTo(Class<T> type, Exchange exchange, Object value)
    public <T> T mandatoryConvertTo(Class<T> type, Object value)
    public <T> T mandatoryConvertTo(Class<T> type, Exchange exchange, Object value)
    public <T> T tryConvertTo(Class<T> type, Object value)
}

@CompileStatic
@InheritConstructors
class RuntimeCamelException extends RuntimeException {}

@CompileStatic
@InheritConstructors
class CamelException extends Exception {}

@CompileStatic
@InheritConstructors
class TypeConversionException extends RuntimeCamelException {}

@CompileStatic
@InheritConstructors
class NoTypeConversionAvailableException extends CamelException {}

@CompileStatic
@InheritConstructors
class CamelExecutionException extends RuntimeCamelException {}
