// What clients of npm do on the local tenant, unchanged. Reads service keys as JSON from the standard input and
// writes as JSON what came of it; test_judge_node.py judges that.
'use strict';
const { transformServiceBindingToClientCredentialsDestination } = require('@sap-cloud-sdk/connectivity');
const { executeHttpRequest } = require('@sap-cloud-sdk/http-client');
const { XsuaaService, createSecurityContext } = require('@sap/xssec');
const soap = require('soap');

// A binding as applications of Cloud Foundry have it; the token service is the host of tokenurl.
function binding(key, uaadomain) {
  return {
    label: 'it-rt',
    name: 'local',
    tags: [],
    plan: 'integration-flow',
    url: key.url,
    credentials: { ...key, url: new URL(key.tokenurl).origin, uaadomain },
  };
}

async function status(request) {
  try {
    return (await request).status;
  } catch (error) {
    return (error.response ?? error.cause?.response)?.status ?? String(error);
  }
}

// SAP Cloud SDK: a destination made of a service key, a call, a message log, and a sender that wants a CSRF token.
async function cloudSdk(runtimeKey, apiKey) {
  const runtime = await transformServiceBindingToClientCredentialsDestination(binding(runtimeKey));
  const api = await transformServiceBindingToClientCredentialsDestination(binding(apiKey));
  const product = { productIdentifier: 'HT-1080' };
  const call = { method: 'post', url: '/http/products/details', data: product };
  const called = await executeHttpRequest(runtime, call, { fetchCsrfToken: false });
  const guid = called.headers['sap_messageprocessinglogid'];
  const log = await executeHttpRequest(api, {
    method: 'get',
    url: `/api/v1/MessageProcessingLogs('${guid}')`,
    headers: { accept: 'application/json' },
  });
  const basic = {
    url: runtimeKey.url,
    authentication: 'BasicAuthentication',
    username: runtimeKey.clientid,
    password: runtimeKey.clientsecret,
  };
  const guarded = { ...call, url: '/http/products/details/csrf' };
  return {
    called: called.status,
    log: log.data.d.Status,
    withoutCsrf: await status(executeHttpRequest(basic, guarded, { fetchCsrfToken: false })),
    withCsrf: await status(executeHttpRequest(basic, guarded, { fetchCsrfToken: true })),
    wrongPlane: await status(executeHttpRequest({ ...runtime, url: apiKey.url }, { method: 'get', url: '/api/v1/' })),
  };
}

// SAP's @sap/xssec: fetches a token and the keys, and validates signature, issuer and audience.
async function xssec(key) {
  const application = key.clientid.split('|')[1];
  const origin = new URL(key.tokenurl);
  const service = new XsuaaService({
    clientid: key.clientid,
    clientsecret: key.clientsecret,
    url: origin.origin,
    uaadomain: origin.host,
    xsappname: application,
  });
  const token = await service.fetchClientCredentialsToken();
  const context = await createSecurityContext(service, { jwt: token.access_token });
  return { expires: token.expires_in, sends: context.checkLocalScope('ESBMessaging.send') };
}

// soap of npm: the WSDL, an operation with its answer, and the declared fault.
async function soapClient(key) {
  const basic = new soap.BasicAuthSecurity(key.clientid, key.clientsecret);
  const headers = {};
  basic.addHeaders(headers);
  const client = await soap.createClientAsync(`${key.url}/cxf/products?wsdl`, { wsdl_headers: headers });
  client.setSecurity(basic);
  const [product] = await client.GetProductAsync({ ProductId: 'HT-1080' });
  let fault;
  try {
    await client.GetProductAsync({ ProductId: 'XX-0000' });
  } catch (error) {
    fault = error.root.Envelope.Body.Fault.faultstring;
  }
  return { product, fault };
}

async function main() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const { runtime, api } = JSON.parse(text);
  const found = { cloudSdk: await cloudSdk(runtime, api), xssec: await xssec(runtime), soap: await soapClient(runtime) };
  process.stdout.write(`\n${JSON.stringify(found)}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n${error.cause?.stack ?? ''}\n`);
  process.exitCode = 1;
});
