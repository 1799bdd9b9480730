package org.apache.commons.codec.binary

import groovy.transform.CompileStatic

/** The methods of Commons Codec that public scripts call. */
@CompileStatic
class Base64 {
    static byte[] encodeBase64(byte[] data) { java.util.Base64.encoder.encode(data) }

    static String encodeBase64String(byte[] data) { java.util.Base64.encoder.encodeToString(data) }

    static String encodeBase64URLSafeString(byte[] data) { java.util.Base64.urlEncoder.withoutPadding().encodeToString(data) }

    static byte[] decodeBase64(String text) { java.util.Base64.mimeDecoder.decode(text.replace('-', '+').replace('_', '/')) }

    static byte[] decodeBase64(byte[] text) { decodeBase64(new String(text, 'US-ASCII')) }

    byte[] encode(byte[] data) { encodeBase64(data) }

    byte[] decode(String text) { decodeBase64(text) }

    byte[] decode(byte[] text) { decodeBase64(text) }
}

@CompileStatic
class Hex {
    static String encodeHexString(byte[] data) {
        StringBuilder hex = new StringBuilder(data.length * 2)
        for (byte each : data) { hex.append(String.format('%02x', each)) }
        hex.toString()
    }

    static char[] encodeHex(byte[] data) { encodeHexString(data).toCharArray() }

    static byte[] decodeHex(char[] text) { javax.xml.bind.DatatypeConverter.parseHexBinary(new String(text)) }
}
