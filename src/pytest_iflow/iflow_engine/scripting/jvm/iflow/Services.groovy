package iflow

import com.sap.it.api.exception.InvalidContextException
import com.sap.it.api.keystore.KeystoreService
import com.sap.it.api.mapping.ValueMappingApi
import com.sap.it.api.nrc.NumberRangeConfigurationService
import com.sap.it.api.pd.BinaryData
import com.sap.it.api.pd.PartnerDirectoryService
import com.sap.it.api.securestore.SecureStoreService
import com.sap.it.api.securestore.UserCredential
import com.sap.it.api.securestore.exception.SecureStoreException
import groovy.transform.CompileStatic
import java.lang.reflect.InvocationHandler
import java.lang.reflect.Method
import java.lang.reflect.Proxy

/** A service or class of a tenant that is not emulated. */
@CompileStatic
class NotEmulated extends RuntimeException {
    NotEmulated(String what) { super(what) }
}

/** The services of a tenant: each question goes to the engine, which knows the suite's files. */
@CompileStatic
class Services implements SecureStoreService, ValueMappingApi, PartnerDirectoryService, NumberRangeConfigurationService {
    private static final InheritableThreadLocal<Services> CURRENT = new InheritableThreadLocal<Services>()

    private final Wire wire
    private boolean open = true

    Services(Wire wire) { this.wire = wire }

    static void enter(Services services) { CURRENT.set(services) }

    static Services current() { CURRENT.get() }

    synchronized void close() { open = false }

    Object find(Class type) {
        if (type.isInstance(this)) { return this }
        if (type == KeystoreService) { return refusing(KeystoreService) }
        throw new NotEmulated('the service ' + type.name)
    }

    private static Object refusing(Class type) {
        Proxy.newProxyInstance(Services.classLoader, [type] as Class[], { Object proxy, Method method, Object[] arguments ->
            throw new NotEmulated('the service ' + type.name + ' (called: ' + method.name + ')')
        } as InvocationHandler)
    }

    private synchronized Object ask(String question, List<?> arguments) {
        if (!open) { throw new IllegalStateException('the script that asks for this is over') }
        wire.write([ask: (Object) question, arguments: (Object) arguments], null)
        Map<String, Object> header = wire.answers.take().header
        if (header.raised != null) { throw Exceptions.make((Map<String, Object>) header.raised, null) }
        if (header.refused != null) { throw new NotEmulated((String) header.refused) }
        header.answer
    }

    UserCredential getUserCredential(String alias) throws SecureStoreException {
        Map<String, Object> found = (Map<String, Object>) ask('user_credential', [alias])
        if (found == null) { throw new SecureStoreException('Credential with alias ' + alias + ' not found') }
        new Credential(found)
    }

    String getMappedValue(String agency, String identifier, String value, String toAgency, String toIdentifier) {
        (String) ask('mapped_value', [agency, identifier, value, toAgency, toIdentifier])
    }

    public <T> T getParameter(String id, String partner, Class<T> type) {
        Object found = ask('partner_parameter', [id, partner, type == BinaryData])
        found == null ? null : (T) (type == BinaryData ? new BinaryData(Base64.decoder.decode((String) found)) : found)
    }

    String getPartnerId(String agency, String scheme, String alternative) {
        (String) ask('partner_id', [agency, scheme, alternative])
    }

    String getAlternativePartnerId(String agency, String scheme, String partner) {
        (String) ask('alternative_partner_id', [agency, scheme, partner])
    }

    List<String> getAuthorizedUsers(String partner) { throw new NotEmulated('PartnerDirectoryService.getAuthorizedUsers') }

    String getPartnerIdOfAuthorizedUser(String user) {
        throw new NotEmulated('PartnerDirectoryService.getPartnerIdOfAuthorizedUser')
    }

    String getNextValuefromNumberRange(String name, Map<String, String> parameters) { (String) ask('next_number', [name]) }
}

@CompileStatic
class Credential implements UserCredential {
    private final Map<String, Object> facts

    Credential(Map<String, Object> facts) { this.facts = facts }

    String getUsername() { (String) facts.user }

    char[] getPassword() { ((String) facts.password)?.toCharArray() }

    String getKind() { (String) facts.kind }

    Map<String, String> getCredentialProperties() { (Map<String, String>) facts.get('properties') }
}
