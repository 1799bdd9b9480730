package com.sap.it.api

import com.sap.it.api.exception.InvalidContextException
import groovy.transform.CompileStatic
import iflow.Services

/** What every service of a tenant is. */
interface ITApi {}

/** Gives scripts the services of the tenant; here they answer from files of the suite. */
@CompileStatic
class ITApiFactory {
    static <T> T getApi(Class<T> type, Object context) throws InvalidContextException {
        (T) Services.current().find(type)
    }

    static <T> T getService(Class<T> type, Object context) throws InvalidContextException {
        (T) Services.current().find(type)
    }
}
