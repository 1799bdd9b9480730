import com.sap.gateway.ip.core.customdev.util.Message

def Message processData(Message message) {
    def item = new XmlSlurper().parseText(message.getBody(String)).item
    def total = item.@pieces.toInteger() * item.@price.toBigDecimal()
    println "item ${item.@id}: ${item.@pieces} pieces for ${total}"
    message.setBody("<line id=\"${item.@id}\">${total}</line>".toString())
    message
}
