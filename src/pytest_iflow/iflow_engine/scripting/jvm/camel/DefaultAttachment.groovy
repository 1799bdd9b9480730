package org.apache.camel.impl

import com.sap.gateway.ip.core.customdev.util.AttachmentWrapper
import groovy.transform.CompileStatic
import groovy.transform.InheritConstructors

/** Camel's attachment, as scripts make one for addAttachmentObject. */
@CompileStatic
@InheritConstructors
class DefaultAttachment extends AttachmentWrapper {}
