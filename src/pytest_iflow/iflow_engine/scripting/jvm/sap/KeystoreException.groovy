package com.sap.it.api.keystore.exception

import groovy.transform.CompileStatic
import groovy.transform.InheritConstructors

@CompileStatic
@InheritConstructors
class KeystoreException extends Exception {}
