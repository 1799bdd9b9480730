@products @safe @tenant(local)
Feature: Product details in JSON
  The same iFlow with an XML-to-JSON converter at its end. One schema serves both answers.

  Scenario: The details of a product
    When I send a POST request to the iFlow "product-details-json" with the body:
      """
      {"productIdentifier": "HT-2000"}
      """
    Then the response status is 200
    And the response header "content-type" contains "application/json"
    And the response matches the schema "product-details.schema.json"
    And the response value at "$.Products.Product.ProductId" is "HT-2000"
    And the response value at "$.Products.Product.Weight" is 0.79

  Scenario: An unknown product
    When I send a POST request to the iFlow "product-details-json" with the body:
      """
      {"productIdentifier": "HT-9999"}
      """
    Then the response status is 200
    And the response matches the schema "no-product.schema.json"
