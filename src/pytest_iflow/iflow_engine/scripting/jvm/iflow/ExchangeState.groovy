package iflow

import groovy.transform.CompileStatic
import org.apache.camel.CamelContext
import org.apache.camel.Exchange
import org.apache.camel.Message
import org.apache.camel.NoTypeConversionAvailableException
import org.apache.camel.TypeConverter

/** Camel's view of the same message. */
@CompileStatic
class ExchangeState implements Exchange {
    private final MessageState state
    private final Message message
    private final CamelContext camelContext

    ExchangeState(MessageState state) {
        this.state = state
        message = (Message) Facade.of(Message, new CamelMessageState(state))
        camelContext = (CamelContext) Facade.of(CamelContext, new ContextState(state.artifactId()))
    }

    String getExchangeId() { (String) state.getProperty('CamelExchangeId') ?: 'ID-local' }

    CamelContext getContext() { camelContext }

    Object getProperty(String name) { state.getProperty(name) }

    Object getProperty(String name, Object other) { state.getProperties().containsKey(name) ? state.getProperty(name) : other }

    public <T> T getProperty(String name, Class<T> type) { Conversion.to(state.getProperty(name), type) }

    void setProperty(String name, Object value) { state.setProperty(name, value) }

    Object removeProperty(String name) { state.getProperties().remove(name) }

    Map<String, Object> getProperties() { state.getProperties() }

    boolean hasProperties() { !state.getProperties().isEmpty() }

    Message getIn() { message }

    Message getMessage() { message }

    Exception getException() { (Exception) state.getProperty('CamelExceptionCaught') }
}

@CompileStatic
class CamelMessageState implements Message {
    private final MessageState state

    CamelMessageState(MessageState state) { this.state = state }

    Object getBody() { state.getBody() }

    public <T> T getBody(Class<T> type) { state.getBody(type) }

    void setBody(Object body) { state.setBody(body) }

    Map<String, Object> getHeaders() { state.getHeaders() }

    Object getHeader(String name) { state.getHeader(name) }

    Object getHeader(String name, Object other) { state.getHeaders().containsKey(name) ? state.getHeader(name) : other }

    public <T> T getHeader(String name, Class<T> type) { state.getHeader(name, type) }

    void setHeader(String name, Object value) { state.setHeader(name, value) }

    void setHeaders(Map<String, Object> headers) { state.setHeaders(headers) }

    Object removeHeader(String name) { state.getHeaders().remove(name) }

    Exchange getExchange() { state.getExchange() }
}

@CompileStatic
class ContextState implements CamelContext, TypeConverter {
    private final String name

    ContextState(String name) { this.name = name }

    String getName() { name }

    TypeConverter getTypeConverter() { this }

    public <T> T convertTo(Class<T> type, Object value) { Conversion.to(value, type) }

    public <T> T convertTo(Class<T> type, Exchange exchange, Object value) { Conversion.to(value, type) }

    public <T> T mandatoryConvertTo(Class<T> type, Object value) {
        T converted = Conversion.to(value, type)
        if (converted == null) { throw new NoTypeConversionAvailableException('no conversion to ' + type.name) }
        converted
    }

    public <T> T mandatoryConvertTo(Class<T> type, Exchange exchange, Object value) { mandatoryConvertTo(type, value) }

    public <T> T tryConvertTo(Class<T> type, Object value) { Conversion.to(value, type) }
}
