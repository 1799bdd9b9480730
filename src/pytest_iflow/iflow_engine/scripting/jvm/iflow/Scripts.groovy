package iflow

import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.msglog.MessageLogFactory
import groovy.transform.CompileStatic
import org.codehaus.groovy.runtime.InvokerInvocationException

/** Scripts of all bundles that this worker has met, compiled once, and what a request asks of them. */
@CompileStatic
class Scripts {
    static final int LARGEST = 64 * 1024 * 1024

    private final Wire wire
    private final Output output
    private final Values values = new Values()
    private final Map<String, Bundle> bundles = new HashMap<String, Bundle>()

    Scripts(Wire wire, Output output) {
        this.wire = wire
        this.output = output
    }

    /** Run one script, and write what came of it. */
    void answer(Frame request) {
        Map<String, Object> header = request.header
        values.release((List<Integer>) header.release)
        MessageState state = null
        LogState log = new LogState()
        Services services = new Services(wire)
        Map<String, Object> answer = [:]
        byte[] body = null
        try {
            values.begin()
            state = new MessageState((Map<String, Object>) header.message, request.body, values)
            if (header.calls != null) {
                answer.results = (Object) functions(header, state, log, services)
            } else {
                Message returned = run(header, state, log, services)
                state.setBody(returned.body)
            }
            body = state.write(answer, values)
        } catch (Throwable thrown) {
            answer.error = Thrown.describe(unwrap(thrown), bundles.get((String) header.folder), header, values)
            if (state != null) { state.writeMaps(answer, values) }
        } finally {
            services.close()
        }
        answer.log = log.write()
        answer.output = output.take()
        answer.threads = Thread.currentThread().threadGroup.activeCount() - 1
        if (body != null && body.length > LARGEST) {
            answer.error = (Object) [kind: 'too large', text: "the body has ${body.length} bytes".toString()]
            body = null
        }
        wire.write(answer, body)
    }

    /** Call a function of a message mapping once for each list of arguments. */
    private List<Object> functions(Map<String, Object> header, MessageState state, LogState log, Services services) {
        Script script = script(header, log)
        MappingFunction function = MappingFunction.of(script, (String) header.function, state.shown())
        Services.enter(services)
        ((List<List<Object>>) header.calls).collect { List<Object> each -> function.call(each) }
    }

    private Script script(Map<String, Object> header, LogState log) {
        String folder = (String) header.folder
        Bundle bundle = bundles.get(folder)
        if (bundle == null) { bundles.put(folder, bundle = new Bundle(new File(folder))) }
        Class type = bundle.compiled((String) header.script)
        if (!Script.isAssignableFrom(type)) { throw new NoFunction((String) header.function) }
        Script script = (Script) type.newInstance()
        script.binding.setVariable('messageLogFactory', Facade.of(MessageLogFactory, log))
        script
    }

    private Message run(Map<String, Object> header, MessageState state, LogState log, Services services) {
        Script script = script(header, log)
        String function = (String) header.function
        Message message = state.shown()
        if (script.metaClass.respondsTo(script, function, [message] as Object[]).isEmpty()) {
            throw new NoFunction(function)
        }
        Services.enter(services)
        Object returned = script.invokeMethod(function, [message] as Object[])
        if (!(returned instanceof Message)) { throw new NoMessage(returned) }
        (Message) returned
    }

    private static Throwable unwrap(Throwable thrown) {
        thrown instanceof InvokerInvocationException && thrown.cause != null ? thrown.cause : thrown
    }
}

/** The scripts, classes and archives of one bundle, which lie in a folder. */
@CompileStatic
class Bundle {
    static final String SCRIPTS = 'src/main/resources/script'

    /** Tenants name the class of script1.groovy so; a class of the script's own may be named as its file. */
    static final String OF_SCRIPT = '__Script'

    private final File folder
    private final GroovyClassLoader loader
    private final Map<String, Class> compiled = new HashMap<String, Class>()
    private final Map<String, String> sources = new HashMap<String, String>()

    Bundle(File folder) {
        this.folder = folder
        loader = new GroovyClassLoader(Bundle.classLoader)
        loader.addURL(folder.toURI().toURL())
        for (File each : (new File(folder, 'src/main/resources/lib').listFiles() ?: new File[0])) {
            loader.addURL(each.toURI().toURL())
        }
    }

    Class compiled(String name) {
        Class known = compiled.get(name)
        if (known == null) {
            String text = new File(folder, SCRIPTS + '/' + name).getText('UTF-8')
            sources.put(name, text)
            int dot = name.lastIndexOf('.')
            String source = name.substring(0, dot) + OF_SCRIPT + name.substring(dot)
            known = loader.parseClass(new GroovyCodeSource(text, source, '/iflow/script'), false)
            compiled.put(name, known)
        }
        known
    }

    /** The name of a script's file, from the one that its class was compiled of. */
    static String fileOf(String source) { source.replace(OF_SCRIPT + '.', '.') }

    /** One line of a script that was read, counted from 1. */
    String line(String name, int number) {
        List<String> lines = sources.get(name)?.readLines()
        lines != null && number >= 1 && number <= lines.size() ? lines.get(number - 1) : ''
    }

    /** Whether a script that was read imports whole packages that are not Java's or Groovy's. */
    boolean importsPackages(String name) {
        (sources.get(name) ?: '').readLines().any { String line -> line ==~ /\s*import\s+(?!java\.|groovy\.)[\w.]+\.\*.*/ }
    }

    boolean has(String name) { new File(folder, SCRIPTS + '/' + name).isFile() }
}

/** The script has no such function that takes a message. */
@CompileStatic
class NoFunction extends RuntimeException {
    NoFunction(String name) { super(name) }
}

/** The function returned something that is no message. */
@CompileStatic
class NoMessage extends RuntimeException {
    NoMessage(Object returned) { super(returned == null ? 'null' : returned.getClass().name) }
}
