package com.sap.it.spi

interface ITApiHandler {}
