package com.sap.it.api.securestore.exception

import groovy.transform.CompileStatic
import groovy.transform.InheritConstructors

@CompileStatic
@InheritConstructors
class SecureStoreException extends Exception {}
