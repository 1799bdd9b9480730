package org.json

import groovy.transform.CompileStatic
import groovy.transform.InheritConstructors

/** The part of org.json that public scripts call; the library itself, in IFLOW_SCRIPT_JARS, has the rest. */
@CompileStatic
@InheritConstructors
class JSONException extends RuntimeException {}

@CompileStatic
class JSONObject {
    static final Object NULL = new JSONNull()

    private final Map<String, Object> entries = new HashMap<String, Object>()

    JSONObject() {}

    JSONObject(String text) { this((Map) Json.parsed(text, '{')) }

    JSONObject(Map<?, ?> map) {
        for (Map.Entry<?, ?> each : map.entrySet()) {
            entries.put(String.valueOf(each.key), Json.wrapped(each.value))
        }
    }

    Object get(String key) {
        Object value = entries.get(key)
        if (value == null) { throw new JSONException("JSONObject[${Json.quoted(key)}] not found.".toString()) }
        value
    }

    Object opt(String key) { entries.get(key) }

    boolean has(String key) { entries.containsKey(key) }

    boolean isNull(String key) { !has(key) || entries.get(key).is(NULL) }

    int length() { entries.size() }

    boolean isEmpty() { entries.isEmpty() }

    Iterator<String> keys() { entries.keySet().iterator() }

    Set<String> keySet() { entries.keySet() }

    Map<String, Object> toMap() { (Map<String, Object>) Json.unwrapped(this) }

    JSONObject put(String key, Object value) {
        if (value == null) { entries.remove(key) } else { entries.put(key, Json.wrapped(value)) }
        this
    }

    Object remove(String key) { entries.remove(key) }

    JSONObject getJSONObject(String key) { (JSONObject) Json.typed(get(key), JSONObject, key) }

    JSONArray getJSONArray(String key) { (JSONArray) Json.typed(get(key), JSONArray, key) }

    String getString(String key) { (String) Json.typed(get(key), String, key) }

    boolean getBoolean(String key) { ((Boolean) Json.typed(get(key), Boolean, key)).booleanValue() }

    int getInt(String key) { Json.number(get(key), key).intValue() }

    long getLong(String key) { Json.number(get(key), key).longValue() }

    double getDouble(String key) { Json.number(get(key), key).doubleValue() }

    JSONObject optJSONObject(String key) { opt(key) instanceof JSONObject ? (JSONObject) opt(key) : null }

    JSONArray optJSONArray(String key) { opt(key) instanceof JSONArray ? (JSONArray) opt(key) : null }

    String optString(String key, String other = '') { isNull(key) ? other : opt(key).toString() }

    int optInt(String key, int other = 0) { opt(key) instanceof Number ? ((Number) opt(key)).intValue() : other }

    boolean optBoolean(String key, boolean other = false) { opt(key) instanceof Boolean ? (Boolean) opt(key) : other }

    String toString() { Json.written(this, 0, 0) }

    String toString(int indent) { Json.written(this, indent, 0) }

    static String quote(String text) { Json.quoted(text) }
}

@CompileStatic
class JSONArray implements Iterable<Object> {
    private final List<Object> entries = new ArrayList<Object>()

    JSONArray() {}

    JSONArray(String text) { this((Collection) Json.parsed(text, '[')) }

    JSONArray(Collection<?> values) { for (Object each : values) { entries.add(Json.wrapped(each)) } }

    Object get(int index) {
        Object value = opt(index)
        if (value == null) { throw new JSONException("JSONArray[$index] not found.".toString()) }
        value
    }

    /** What Groovy calls for array[index]. */
    Object getAt(int index) { get(index) }

    Object opt(int index) { index >= 0 && index < entries.size() ? entries.get(index) : null }

    int length() { entries.size() }

    boolean isEmpty() { entries.isEmpty() }

    boolean isNull(int index) { opt(index) == null || opt(index).is(JSONObject.NULL) }

    JSONArray put(Object value) {
        entries.add(Json.wrapped(value))
        this
    }

    JSONObject getJSONObject(int index) { (JSONObject) Json.typed(get(index), JSONObject, index) }

    JSONArray getJSONArray(int index) { (JSONArray) Json.typed(get(index), JSONArray, index) }

    String getString(int index) { (String) Json.typed(get(index), String, index) }

    int getInt(int index) { Json.number(get(index), index).intValue() }

    double getDouble(int index) { Json.number(get(index), index).doubleValue() }

    Iterator<Object> iterator() { entries.iterator() }

    List<Object> toList() { (List<Object>) Json.unwrapped(this) }

    String toString() { Json.written(this, 0, 0) }

    String toString(int indent) { Json.written(this, indent, 0) }
}

/** The null within an object or array. */
@CompileStatic
class JSONNull {
    boolean equals(Object other) { other == null || other instanceof JSONNull }

    int hashCode() { 0 }

    String toString() { 'null' }
}
