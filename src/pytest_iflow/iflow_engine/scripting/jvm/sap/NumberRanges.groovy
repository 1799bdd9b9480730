package com.sap.it.api.nrc

import com.sap.it.api.ITApi

interface NumberRangeConfigurationService extends ITApi {
    String getNextValuefromNumberRange(String name, Map<String, String> parameters)
}
