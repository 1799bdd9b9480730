package iflow

import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.mapping.MappingContext
import com.sap.it.api.mapping.Output
import groovy.transform.CompileStatic
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method

/** A function of a message mapping: texts in, a text out; or arrays of texts in, and Outputs that are written. */
@CompileStatic
class MappingFunction {
    private final Script script
    private final Method method
    private final MappingContext context

    private MappingFunction(Script script, Method method, MappingContext context) {
        this.script = script
        this.method = method
        this.context = context
    }

    static MappingFunction of(Script script, String name, Message message) {
        List<Method> found = script.getClass().declaredMethods.findAll { Method each -> each.name == name }.toList()
        if (found.size() != 1) { throw new NoFunction(name) }
        found[0].accessible = true
        new MappingFunction(script, found[0], (MappingContext) Facade.of(MappingContext, new MappingContextState(message)))
    }

    /** What one call makes: a text or null, or for each Output the contexts that it wrote there. */
    Object call(List<Object> arguments) {
        Iterator<Object> left = arguments.iterator()
        List<OutputState> outputs = []
        List<Object> given = []
        for (Class type : method.parameterTypes) {
            if (type == MappingContext) {
                given.add(context)
            } else if (type == Output) {
                OutputState output = new OutputState()
                outputs.add(output)
                given.add(Facade.of(Output, output))
            } else {
                if (!left.hasNext()) { throw new NoFunction(method.name) }
                given.add(argument(type, left.next()))
            }
        }
        if (left.hasNext()) { throw new NoFunction(method.name) }
        Object returned
        try {
            returned = method.invoke(script, given.toArray())
        } catch (InvocationTargetException raised) {
            throw raised.cause
        }
        if (!outputs.isEmpty()) { return outputs.collect { OutputState each -> each.contexts } }
        returned == null ? null : returned.toString()
    }

    private static Object argument(Class type, Object value) {
        if (value instanceof List) {
            List<String> texts = ((List) value).collect { Object each -> each == null ? OutputState.SUPPRESS : (String) each }
            return texts.toArray(new String[0])
        }
        String text = (String) value
        switch (type) {
            case int: case Integer: return Integer.valueOf(text.trim())
            case long: case Long: return Long.valueOf(text.trim())
            case float: case Float: return Float.valueOf(text.trim())
            case double: case Double: return Double.valueOf(text.trim())
            case boolean: case Boolean: return Boolean.valueOf(text.trim())
            default: return text
        }
    }
}

/** The headers and properties of the message, as a function of a message mapping sees them. */
@CompileStatic
class MappingContextState implements MappingContext {
    private final Message message

    MappingContextState(Message message) { this.message = message }

    String getHeader(String name) { textOf(message.getHeaders().get(name)) }
    void setHeader(String name, String value) { message.setHeader(name, value) }
    Object getProperty(String name) { message.getProperties().get(name) }
    void setProperty(String name, Object value) { message.setProperty(name, value) }

    private static String textOf(Object value) { value == null ? null : value.toString() }
}

/** The queue that a function writes: contexts of texts; null is a suppressed value. */
@CompileStatic
class OutputState implements Output {
    static final String SUPPRESS = new String('_suppressed_value_of_the_local_tenant_')

    final List<List<Object>> contexts = [(List<Object>) []]

    void addValue(Object value) {
        contexts.last().add(value == null ? '' : isSuppress(value) ? null : value.toString())
    }
    void addContextChange() { contexts.add((List<Object>) []) }
    void addSuppress() { contexts.last().add(null) }
    boolean isSuppress(Object value) { SUPPRESS == value }
}
