package org.apache.commons.lang

import groovy.transform.CompileStatic

/** The one method of Commons Lang that public scripts call; the library itself, in IFLOW_SCRIPT_JARS, has the others. */
@CompileStatic
class StringEscapeUtils {
    static String escapeXml(String text) {
        if (text == null) { return null }
        StringBuilder escaped = new StringBuilder(text.length() + 16)
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i)
            switch (each) {
                case '&' as char: escaped.append('&amp;'); break
                case '<' as char: escaped.append('&lt;'); break
                case '>' as char: escaped.append('&gt;'); break
                case '"' as char: escaped.append('&quot;'); break
                case '\'' as char: escaped.append('&apos;'); break
                default: each > (char) 0x7f ? escaped.append('&#').append((int) each).append(';') : escaped.append(each)
            }
        }
        escaped.toString()
    }
}
