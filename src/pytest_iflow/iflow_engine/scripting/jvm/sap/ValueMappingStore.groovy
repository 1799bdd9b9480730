package com.sap.xi.mapping.camel.valmap

/** Public scripts import these beside ValueMappingApi and use none of them: they have no members here. */
class VMStore {}

class VMValidationException extends Exception {}

class ValueMappingApiHandler {}
