@smoke
Feature: Product details
  The iFlow takes a product identifier and answers with the product.

  Scenario: The details of a product
    Given an access token
    When I request the details of product "HT-2000"
    Then the response status is 200
    And the response matches the schema "product.schema.json"
    And the response value at "/Products/Product/CurrencyCode" is "EUR"

  Scenario Outline: A message from a file
    When I send a POST request to the iFlow "product-details" with the file "product-request.json" filled in
    Then the response status is a success
    And the response value at "$.Products.Product.Name" is "<name>"
    And the response value at "$.Products.Product.Price" is <price>

    Examples:
      | product | name              | price |
      | HT-1000 | Notebook Basic 15 | 956   |
      | HT-1080 | Photo Scan        | 51    |
