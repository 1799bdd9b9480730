// The collection in Newman, as suites usually have it: one token, one request for each row of the data file.
"use strict";
const fs = require("fs");
const newman = require("newman");

const key = JSON.parse(fs.readFileSync(process.env.IFLOW_SERVICE_KEY, "utf8")).oauth;
const schema = JSON.parse(fs.readFileSync("schemas/product-details.schema.json", "utf8"));
delete schema.$schema; // Postman's validator knows no later draft than 7
const products = fs.readFileSync("products.txt", "utf8").split("\n");

const token = `
if (!pm.collectionVariables.get("token")) {
  pm.sendRequest({
    url: "${key.tokenurl}?grant_type=client_credentials",
    method: "POST",
    header: {Authorization: "Basic ${Buffer.from(`${key.clientid}:${key.clientsecret}`).toString("base64")}"},
  }, (error, answer) => pm.collectionVariables.set("token", answer.json().access_token));
}`;
const checks = `
const product = pm.iterationData.get("product");
pm.test("status", () => pm.response.to.have.status(200));
pm.test("schema", () => pm.response.to.have.jsonSchema(${JSON.stringify(schema)}));
pm.test("product", () => pm.expect(pm.response.json().Products.Product.ProductId).to.eql(product));
pm.test("currency", () => pm.expect(pm.response.json().Products.Product.CurrencyCode).to.eql("EUR"));`;

newman.run({
  collection: {
    info: {name: "Products", schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    item: [{
      name: "The details of a product",
      event: [
        {listen: "prerequest", script: {exec: token.split("\n")}},
        {listen: "test", script: {exec: checks.split("\n")}},
      ],
      request: {
        method: "POST",
        url: `${key.url}/http/products/details/json`,
        header: [
          {key: "Authorization", value: "Bearer {{token}}"},
          {key: "Content-Type", value: "application/json"},
        ],
        body: {mode: "raw", raw: '{"productIdentifier": "{{product}}"}'},
      },
    }],
  },
  iterationData: products.map((product) => ({product})),
  reporters: ["junit"],
  reporter: {junit: {export: "reports/junit.xml"}},
}, (error, summary) => {
  if (error) throw error;
  process.exitCode = summary.run.failures.length ? 1 : 0;
});
