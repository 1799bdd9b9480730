package javax.xml.bind

import groovy.transform.CompileStatic

/** The conversions that scripts call; Java has this class no more since version 11. */
@CompileStatic
class DatatypeConverter {
    static String printBase64Binary(byte[] data) { Base64.encoder.encodeToString(data) }

    static byte[] parseBase64Binary(String text) { Base64.mimeDecoder.decode(text) }

    static String printHexBinary(byte[] data) {
        StringBuilder hex = new StringBuilder(data.length * 2)
        for (byte each : data) { hex.append(String.format('%02X', each)) }
        hex.toString()
    }

    static byte[] parseHexBinary(String text) {
        if (text.length() % 2 != 0) { throw new IllegalArgumentException('hexBinary needs to be even-length: ' + text) }
        byte[] data = new byte[text.length().intdiv(2)]
        for (int i = 0; i < data.length; i++) { data[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16) }
        data
    }
}
