package com.sap.it.api.pd

import com.sap.it.api.ITApi
import groovy.transform.CompileStatic

interface PartnerDirectoryService extends ITApi {
    public <T> T getParameter(String id, String partner, Class<T> type)
    String getPartnerId(String agency, String scheme, String alternative)
    String getAlternativePartnerId(String agency, String scheme, String partner)
    List<String> getAuthorizedUsers(String partner)
    String getPartnerIdOfAuthorizedUser(String user)
}

/** A binary parameter of the partner directory. */
@CompileStatic
class BinaryData {
    private final byte[] data
    private final String contentType
    private final String encoding

    BinaryData(byte[] data, String contentType = 'application/octet-stream', String encoding = null) {
        this.data = data
        this.contentType = contentType
        this.encoding = encoding
    }

    byte[] getData() { data }

    String getContentType() { contentType }

    String getMimeType() { contentType }

    String getEncoding() { encoding }
}
