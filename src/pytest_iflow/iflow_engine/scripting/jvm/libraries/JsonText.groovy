package org.json

import groovy.json.JsonException
import groovy.json.JsonSlurper
import groovy.transform.CompileStatic

/** JSON text to values and back, in the forms of org.json. */
@CompileStatic
class Json {
    static Object parsed(String text, String begins) {
        if (text == null) { throw new NullPointerException() }
        if (!text.trim().startsWith(begins)) {
            throw new JSONException("A JSON${begins == '{' ? 'Object' : 'Array'} text must begin with '$begins' at 1".toString())
        }
        try {
            return new JsonSlurper().parseText(text)
        } catch (JsonException error) {
            throw new JSONException(error.message)
        }
    }

    static Object wrapped(Object value) {
        if (value == null) { return JSONObject.NULL }
        if (value instanceof Map) { return new JSONObject((Map) value) }
        if (value instanceof Collection) { return new JSONArray((Collection) value) }
        value instanceof CharSequence ? value.toString() : value
    }

    static Object unwrapped(Object value) {
        if (value.is(JSONObject.NULL)) { return null }
        if (value instanceof JSONObject) {
            Map<String, Object> map = new HashMap<String, Object>()
            for (String key : ((JSONObject) value).keySet()) { map.put(key, unwrapped(((JSONObject) value).get(key))) }
            return map
        }
        if (!(value instanceof JSONArray)) { return value }
        List<Object> list = new ArrayList<Object>()
        for (Object each : (JSONArray) value) { list.add(unwrapped(each)) }
        list
    }

    static Object typed(Object value, Class type, Object key) {
        if (!type.isInstance(value)) { throw new JSONException("JSON[${quoted(String.valueOf(key))}] is not a ${type.simpleName}.".toString()) }
        value
    }

    static Number number(Object value, Object key) {
        if (value instanceof Number) { return (Number) value }
        try {
            return new BigDecimal(String.valueOf(value))
        } catch (NumberFormatException ignored) {
            throw new JSONException("JSON[${quoted(String.valueOf(key))}] is not a number.".toString())
        }
    }

    static String written(Object value, int indent, int depth) {
        String line = indent == 0 ? '' : '\n' + ' ' * (indent * (depth + 1))
        String last = indent == 0 ? '' : '\n' + ' ' * (indent * depth)
        if (value instanceof JSONObject) {
            List<String> parts = ((JSONObject) value).keySet().collect { String key ->
                quoted(key) + (indent == 0 ? ':' : ': ') + written(((JSONObject) value).get(key), indent, depth + 1)
            }
            return parts.isEmpty() ? '{}' : '{' + line + parts.join(',' + line) + last + '}'
        }
        if (value instanceof JSONArray) {
            List<String> parts = ((JSONArray) value).collect { Object each -> written(each, indent, depth + 1) }
            return parts.isEmpty() ? '[]' : '[' + line + parts.join(',' + line) + last + ']'
        }
        value instanceof Number || value instanceof Boolean || value.is(JSONObject.NULL) ? value.toString() : quoted(value.toString())
    }

    static String quoted(String text) {
        StringBuilder out = new StringBuilder('"')
        char before = (char) 0
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i)
            switch (each) {
                case '"' as char:
                case '\\' as char: out.append('\\').append(each); break
                case '/' as char: out.append(before == ('<' as char) ? '\\/' : '/'); break
                case '\n' as char: out.append('\\n'); break
                case '\r' as char: out.append('\\r'); break
                case '\t' as char: out.append('\\t'); break
                case '\b' as char: out.append('\\b'); break
                case '\f' as char: out.append('\\f'); break
                default: each < (char) 0x20 ? out.append(String.format('\\u%04x', (int) each)) : out.append(each)
            }
            before = each
        }
        out.append('"').toString()
    }
}
