package org.slf4j

import groovy.transform.CompileStatic

/** A logger of scripts; it prints, as scripts do. */
interface Logger {
    String getName()
    void trace(String text)
    void debug(String text)
    void info(String text)
    void warn(String text)
    void error(String text)
    void trace(String text, Object argument)
    void debug(String text, Object argument)
    void info(String text, Object argument)
    void warn(String text, Object argument)
    void error(String text, Object argument)
    boolean isDebugEnabled()
    boolean isInfoEnabled()
}

@CompileStatic
class LoggerFactory {
    static Logger getLogger(String name) { new PrintedLogger(name) }

    static Logger getLogger(Class type) { new PrintedLogger(type.name) }
}

@CompileStatic
class PrintedLogger implements Logger {
    final String name

    PrintedLogger(String name) { this.name = name }

    private void print(String level, String text) { System.out.println(level + ' ' + name + ': ' + text) }

    private void print(String level, String text, Object argument) {
        int place = text.indexOf('{}')
        print(level, place < 0 ? text + ' ' + argument : text.substring(0, place) + argument + text.substring(place + 2))
    }

    void trace(String text) {}

    void debug(String text) {}

    void info(String text) { print('INFO', text) }

    void warn(String text) { print('WARN', text) }

    void error(String text) { print('ERROR', text) }

    void trace(String text, Object argument) {}

    void debug(String text, Object argument) {}

    void info(String text, Object argument) { print('INFO', text, argument) }

    void warn(String text, Object argument) { print('WARN', text, argument) }

    void error(String text, Object argument) { print('ERROR', text, argument) }

    boolean isDebugEnabled() { false }

    boolean isInfoEnabled() { true }
}
