package iflow

import groovy.transform.CompileStatic
import javax.xml.parsers.DocumentBuilderFactory
import javax.xml.transform.OutputKeys
import javax.xml.transform.Source
import javax.xml.transform.Transformer
import javax.xml.transform.TransformerFactory
import javax.xml.transform.dom.DOMSource
import javax.xml.transform.stream.StreamResult
import javax.xml.transform.stream.StreamSource
import org.apache.camel.TypeConversionException
import org.apache.camel.converter.stream.InputStreamCache
import org.codehaus.groovy.runtime.typehandling.DefaultTypeTransformation
import org.w3c.dom.Document
import org.w3c.dom.Node
import org.xml.sax.InputSource

/** Values as other types, as Camel's type converters do for the types that scripts ask for. */
@CompileStatic
class Conversion {
    static <T> T to(Object value, Class<T> type, String charset = 'UTF-8') {
        if (value == null || type.isInstance(value)) { return (T) value }
        (T) converted(value, type, charset)
    }

    private static Object converted(Object value, Class type, String charset) {
        if (type == String || type == CharSequence) { return text(value, charset) }
        if (type == byte[]) { return bytes(value, charset) }
        if (type == InputStream) { return new ByteArrayInputStream(bytes(value, charset)) }
        if (type == Reader || type == StringReader) { return new StringReader(text(value, charset)) }
        if (Number.isAssignableFrom(type) || type == Boolean || type == Character) { return simple(value, type) }
        if (type == Document || type == Node) { return document(value) }
        if (type == InputSource) { return new InputSource(new StringReader(text(value))) }
        if (type == Source || type == StreamSource) { return new StreamSource(new StringReader(text(value))) }
        if (type == DOMSource) { return new DOMSource(document(value)) }
        throw new TypeConversionException("a ${value.getClass().name} cannot be converted to ${type.name}".toString())
    }

    private static Object simple(Object value, Class type) {
        String text = text(value).trim()
        if (type == Boolean) { return Boolean.valueOf(text) }
        if (type == Character) { return (Object) text.charAt(0) }
        try {
            return DefaultTypeTransformation.castToType(new BigDecimal(text), type)
        } catch (NumberFormatException ignored) {
            throw new TypeConversionException("\"$text\" is no ${type.simpleName}".toString())
        }
    }

    static String text(Object value, String charset = 'UTF-8') {
        if (value == null) { return null }
        if (value instanceof byte[]) { return new String((byte[]) value, charset) }
        if (value instanceof InputStream) { return new String(bytes(value), charset) }
        if (value instanceof Reader) { return ((Reader) value).getText() }
        if (value instanceof char[]) { return new String((char[]) value) }
        if (value instanceof Node) { return serialised((Node) value) }
        value.toString()
    }

    static byte[] bytes(Object value, String charset = 'UTF-8') {
        if (value == null) { return new byte[0] }
        if (value instanceof byte[]) { return (byte[]) value }
        if (value instanceof InputStreamCache) { return ((InputStreamCache) value).content }
        if (value instanceof InputStream) { return ((InputStream) value).getBytes() }
        text(value).getBytes(charset)
    }

    private static Document document(Object value) {
        if (value instanceof Node) { return ((Node) value).ownerDocument }
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance()
        factory.namespaceAware = true
        factory.setFeature('http://apache.org/xml/features/disallow-doctype-decl', true)
        factory.newDocumentBuilder().parse(new ByteArrayInputStream(bytes(value)))
    }

    private static String serialised(Node node) {
        Transformer transformer = TransformerFactory.newInstance().newTransformer()
        transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, node instanceof Document ? 'no' : 'yes')
        StringWriter out = new StringWriter()
        transformer.transform(new DOMSource(node), new StreamResult(out))
        out.toString()
    }
}
