package com.sap.it.api.keystore

import com.sap.it.api.ITApi
import java.security.KeyPair
import java.security.cert.Certificate
import javax.net.ssl.KeyManager
import javax.net.ssl.TrustManager

interface KeystoreService extends ITApi {
    Certificate getCertificate(String alias)
    Certificate[] getCertificateChain(String alias)
    KeyPair getKey(String alias)
    KeyManager getKeyManager(String alias)
    KeyManager[] getKeyManagers()
    TrustManager[] getTrustManagers()
}
