package iflow

import groovy.transform.CompileStatic
import java.lang.reflect.Constructor
import org.apache.camel.component.ahc.AhcOperationFailedException
import org.apache.camel.http.common.HttpOperationFailedException

/** The answer of a receiver that led to an exception. */
@CompileStatic
class HttpAnswer {
    int statusCode
    String statusText
    String responseBody
    Map<String, String> responseHeaders
    String url
    String redirectLocation

    boolean hasRedirectLocation() { redirectLocation != null }
}

/** Java's exceptions for those that the engine raised. */
@CompileStatic
class Exceptions {
    private static final GroovyClassLoader MADE = new GroovyClassLoader(Exceptions.classLoader)
    private static final Map<String, Class> TYPES = new HashMap<String, Class>()

    static Throwable make(Map<String, Object> json, Throwable cause) {
        Throwable made = instance(json)
        if (cause != null && !cause.is(made) && made.cause == null) { made.initCause(cause) }
        made
    }

    private static Throwable instance(Map<String, Object> json) {
        String name = (String) json.type
        String message = (String) json.message
        HttpAnswer answer = new HttpAnswer(
            statusCode: json.status == null ? 0 : ((Integer) json.status).intValue(),
            statusText: (String) json.status_text, responseBody: (String) json.response_body,
            responseHeaders: (Map<String, String>) json.response_headers)
        if (name == AhcOperationFailedException.name) { return new AhcOperationFailedException(message, answer) }
        if (name == HttpOperationFailedException.name) { return new HttpOperationFailedException(message, answer) }
        for (Constructor each : type(name).constructors) {
            if (each.parameterTypes == ([String] as Class[])) { return (Throwable) each.newInstance(message) }
        }
        new Exception(message)
    }

    /** The class of that name; one that is not here is made, so that scripts can ask for its name. */
    private static Class type(String name) {
        Class known = TYPES.get(name)
        if (known == null) {
            try {
                known = Class.forName(name)
            } catch (ClassNotFoundException ignored) {
                known = name ==~ /[a-z]\w*(\.\w+)*\.[A-Z]\w*/ ? made(name) : Exception
            }
            TYPES.put(name, known)
        }
        Throwable.isAssignableFrom(known) ? known : Exception
    }

    private static Class made(String name) {
        int dot = name.lastIndexOf('.')
        String simple = name.substring(dot + 1)
        MADE.parseClass("package ${name.substring(0, dot)}\nclass $simple extends Exception { $simple(String m) { super(m) } }".toString())
    }
}
