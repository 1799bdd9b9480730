package iflow

import groovy.transform.CompileStatic

/** Values of headers and properties in JSON. What has no JSON form stays here; the other side holds its number. */
@CompileStatic
class Values {
    private final Map<Integer, Object> kept = new HashMap<Integer, Object>()
    private int last
    private Map<Object, Integer> numbers = new IdentityHashMap<Object, Integer>()
    private Map<Object, Object> copies = new IdentityHashMap<Object, Object>()

    /** Forget what belonged to the call before. */
    void begin() {
        numbers = new IdentityHashMap<Object, Integer>()
        copies = new IdentityHashMap<Object, Object>()
    }

    /** A value from JSON; of lists and maps a copy is kept, so that a change is seen. */
    Object read(Object json) {
        Object value = decode(json)
        if (json instanceof Map && ((Map) json).get('is') in ['list', 'map']) { copies.put(value, decode(json)) }
        value
    }

    void release(List<Integer> given) {
        for (Integer each : given) { kept.remove(each) }
    }

    Object decode(Object json) {
        if (!(json instanceof Map)) { return json }
        Map<String, Object> map = (Map<String, Object>) json
        switch (map.is) {
            case 'kept':
                Object value = kept.get((Integer) map.number)
                numbers.put(value, (Integer) map.number)
                return value
            case 'bytes': return Base64.decoder.decode((String) map.value)
            case 'double': return Double.valueOf((String) map.value)
            case 'list':
                List<Object> list = new ArrayList<Object>()
                for (Object each : (List<Object>) map.value) { list.add(decode(each)) }
                return list
            case 'map':
                Map<String, Object> made = new LinkedHashMap<String, Object>()
                for (Map.Entry<String, Object> each : ((Map<String, Object>) map.value).entrySet()) {
                    made.put(each.key, decode(each.value))
                }
                return made
            case 'exception': return Exceptions.make(map, (Throwable) decode(map.cause))
            default: throw new IllegalArgumentException('unknown kind of value: ' + map.is)
        }
    }

    Object encode(Object value) {
        if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) { return value }
        if (value instanceof CharSequence && !(value instanceof Appendable)) { return value.toString() }
        if (value instanceof byte[]) { return [is: 'bytes', value: Base64.encoder.encodeToString((byte[]) value)] }
        Integer number = numbers.get(value)
        if (number == null) {
            number = ++last
            kept.put(number, value)
            numbers.put(value, number)
        }
        [is: 'kept', number: number, type: value.getClass().name, text: describe(value)]
    }

    private static String describe(Object value) {
        try {
            return value.toString()
        } catch (Exception error) {
            return value.getClass().name + ' that has no text: ' + error
        }
    }

    /** The entries that are new or other objects, and the names of those that are gone or null. */
    Map<String, Object> changes(Map<String, Object> before, Map<String, Object> now) {
        Map<String, Object> set = new LinkedHashMap<String, Object>()
        for (Map.Entry<String, Object> each : now.entrySet()) {
            Object value = each.value
            if (each.key != null && value != null && !(before.get(each.key).is(value) && unchanged(value))) {
                set.put(each.key, encode(value))
            }
        }
        List<String> removed = new ArrayList<String>()
        for (String name : before.keySet()) { if (now.get(name) == null && before.get(name) != null) { removed.add(name) } }
        [set: (Object) set, removed: (Object) removed]
    }

    private boolean unchanged(Object value) {
        if (value instanceof byte[]) { return false }
        value instanceof String || value instanceof Number || value instanceof Boolean || value instanceof Throwable ||
            (copies.containsKey(value) && copies.get(value).equals(value))
    }
}
