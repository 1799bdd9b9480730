package iflow

import groovy.transform.CompileStatic
import java.util.regex.Matcher
import org.apache.camel.converter.stream.InputStreamCache
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.control.messages.SyntaxErrorMessage
import org.codehaus.groovy.syntax.SyntaxException

/** What a throwable says of a script: of which kind it is, where it was raised, and what is missing here. */
@CompileStatic
class Thrown {
    private static final List<String> EMULATED = ['com.sap.', 'org.apache.camel.', 'javax.activation.', 'javax.mail.', 'javax.xml.bind.',
                                                  'org.apache.commons.', 'org.json.', 'org.slf4j.', 'org.apache.cxf.']

    static Map<String, Object> describe(Throwable thrown, Bundle bundle, Map<String, Object> request, Values values) {
        Map<String, Object> facts = [kind: (Object) 'exception', type: (Object) thrown.getClass().name,
                                     text: (Object) (thrown.message ?: ''), file: request.script]
        if (thrown instanceof MultipleCompilationErrorsException) {
            syntax((MultipleCompilationErrorsException) thrown, bundle, facts)
            return facts
        }
        place(thrown, bundle, facts)
        missing(thrown, bundle, facts)
        if (facts.kind == 'exception') { facts.exception = values.encode(thrown) }
        facts
    }

    private static void syntax(MultipleCompilationErrorsException thrown, Bundle bundle, Map<String, Object> facts) {
        facts.kind = 'syntax'
        List<String> classes = new ArrayList<String>()
        for (Object each : thrown.errorCollector.errors) {
            if (!(each instanceof SyntaxErrorMessage)) { continue }
            SyntaxException cause = ((SyntaxErrorMessage) each).cause
            if (facts.line == null) {
                facts.line = cause.line
                facts.text = cause.originalMessage
                facts.file = new File(Bundle.fileOf(cause.sourceLocator ?: (String) facts.file)).name
            }
            Matcher named = cause.originalMessage =~ /unable to resolve class ([\w.$]+)/
            if (named.find()) { classes.add(named.group(1)) }
        }
        // A name without its package that no import of a whole package can have brought is a slip of the script.
        boolean known = bundle != null && !bundle.importsPackages((String) facts.file)
        if (!classes.isEmpty() && !(known && classes.every { String each -> !each.contains('.') })) {
            facts.kind = 'missing class'
            facts.missing = classes.unique().join(', ')
        }
    }

    private static void place(Throwable thrown, Bundle bundle, Map<String, Object> facts) {
        for (StackTraceElement each : thrown.stackTrace) {
            String file = each.fileName == null || each.lineNumber <= 0 ? null : Bundle.fileOf(each.fileName)
            if (file != null && (file == facts.file || bundle?.has(file))) {
                facts.file = file
                facts.line = each.lineNumber
                return
            }
        }
    }

    private static void missing(Throwable thrown, Bundle bundle, Map<String, Object> facts) {
        switch (thrown) {
            case NoFunction: facts.kind = 'no function'; break
            case NoMessage: facts.kind = 'no message'; break
            case OutOfMemoryError: facts.kind = 'memory'; break
            case NotEmulated: named(facts, 'not emulated', thrown.message); break
            case NoClassDefFoundError:
            case ClassNotFoundException: named(facts, 'missing class', (thrown.message ?: '').replace('/', '.')); break
            case MissingMethodException:
                MissingMethodException method = (MissingMethodException) thrown
                if (emulated(method.type)) { named(facts, 'missing member', named(method.type) + '.' + method.method) }
                break
            case MissingPropertyException:
                MissingPropertyException property = (MissingPropertyException) thrown
                String written = written(property, bundle, facts)
                if (written != null) {
                    named(facts, 'missing class', written)
                } else if (emulated(property.type)) {
                    named(facts, 'missing member', named(property.type) + '.' + property.property)
                }
        }
    }

    private static void named(Map<String, Object> facts, String kind, String name) {
        facts.kind = kind
        facts.missing = name
    }

    /** Groovy takes a class that it does not know, written with its package, for a property named "org". */
    private static String written(MissingPropertyException thrown, Bundle bundle, Map<String, Object> facts) {
        if (!(thrown.property in ['org', 'com', 'net', 'io', 'javax', 'jakarta']) || facts.line == null) { return null }
        String line = bundle.line((String) facts.file, (Integer) facts.line)
        Matcher name = line =~ ('\\b' + thrown.property + /(\.[a-z]\w*)+\.[A-Z]\w*/)
        name.find() ? name.group() : null
    }

    private static Class shown(Class type) {
        java.lang.reflect.Proxy.isProxyClass(type) ? type.interfaces[0] : type
    }

    private static String named(Class type) { shown(type).name }

    private static boolean emulated(Class type) {
        type != null && type != InputStreamCache && EMULATED.any { String each -> shown(type).name.startsWith(each) }
    }
}
