package org.apache.camel.builder

import groovy.transform.CompileStatic
import iflow.Conversion
import iflow.NotEmulated
import java.util.regex.Matcher
import org.apache.camel.Exchange

/** The few expressions of Camel's Simple that public scripts evaluate; others are refused. */
@CompileStatic
class SimpleBuilder {
    private final String text

    private SimpleBuilder(String text) { this.text = text }

    static SimpleBuilder simple(String text) { new SimpleBuilder(text) }

    public <T> T evaluate(Exchange exchange, Class<T> type) {
        StringBuffer made = new StringBuffer()
        Matcher found = text =~ /\$\{([^}]*)\}/
        while (found.find()) {
            found.appendReplacement(made, Matcher.quoteReplacement(Conversion.text(valueOf(found.group(1), exchange)) ?: ''))
        }
        found.appendTail(made)
        Conversion.to(made.toString(), type)
    }

    private static Object valueOf(String name, Exchange exchange) {
        int dot = name.lastIndexOf('.')
        switch (dot < 0 ? name : name.substring(0, dot)) {
            case 'camelId': return exchange.context.name
            case 'exchangeId': return exchange.exchangeId
            case ['body', 'in']: return exchange.in.body
            case ['header', 'in.header', 'headers', 'in.headers']: return exchange.in.getHeader(name.substring(dot + 1))
            case ['property', 'exchangeProperty']: return exchange.getProperty(name.substring(dot + 1))
        }
        throw new NotEmulated('the expression ${' + name + '} within a script')
    }
}
