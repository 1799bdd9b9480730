package com.sap.it.api.exception

import groovy.transform.CompileStatic
import groovy.transform.InheritConstructors

@CompileStatic
@InheritConstructors
class InvalidContextException extends Exception {}
