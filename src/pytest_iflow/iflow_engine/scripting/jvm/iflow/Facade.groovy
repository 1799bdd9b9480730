package iflow

import groovy.transform.CompileStatic
import java.lang.reflect.InvocationHandler
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Proxy

/**
 * Gives scripts a plain Java object. Each class written in Groovy is a GroovyObject, whose getProperty(String)
 * Groovy itself calls for message.body; the methods of that name in SAP's and Camel's interfaces mean another thing.
 */
@CompileStatic
class Facade implements InvocationHandler {
    private final Object target
    private final String name

    private Facade(Object target, String name) {
        this.target = target
        this.name = name
    }

    static Object of(Class type, Object target) {
        Proxy.newProxyInstance(Facade.classLoader, [type] as Class[], new Facade(target, type.name))
    }

    Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.declaringClass == Object) {
            switch (method.name) {
                case 'equals': return proxy.is(arguments[0])
                case 'hashCode': return System.identityHashCode(proxy)
                default: return name + '@' + Integer.toHexString(System.identityHashCode(proxy))
            }
        }
        try {
            return method.invoke(target, arguments)
        } catch (InvocationTargetException raised) {
            throw raised.cause
        }
    }
}
