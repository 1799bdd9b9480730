package com.sap.it.api.securestore

import com.sap.it.api.ITApi
import com.sap.it.api.securestore.exception.SecureStoreException

interface SecureStoreService extends ITApi {
    UserCredential getUserCredential(String alias) throws SecureStoreException
}

interface UserCredential {
    String getUsername()
    char[] getPassword()
    String getKind()
    Map<String, String> getCredentialProperties()
}
