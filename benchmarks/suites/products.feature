Feature: Product details

  Scenario Outline: The details of a product
    Given an access token
    When I send a POST request to the iFlow "product-details-json" with the body:
      """
      {"productIdentifier": "<product>"}
      """
    Then the response status is 200
    And the response matches the schema "product-details.schema.json"
    And the response value at "$.Products.Product.ProductId" is "<product>"
    And the response value at "$.Products.Product.CurrencyCode" is "EUR"

    Examples:
      | product |
