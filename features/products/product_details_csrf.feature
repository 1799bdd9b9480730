@products @safe @tenant(local)
Feature: Product details behind CSRF protection
  The sender channel has CSRF Protected on: a message needs a token and the cookies that came with it. Both
  are fetched when the runtime asks for them; a feature says nothing of it.

  Scenario: The details of a product
    When I send a POST request to the iFlow "product-details-csrf" with the body:
      """
      {"productIdentifier": "HT-2000"}
      """
    Then the response status is 200
    And the response matches the schema "product-details.schema.json"
    And the response value at "/Products/Product/ProductId" is "HT-2000"
    And the message is completed

  Scenario: A token of one's own that is wrong
    Given the request header "X-CSRF-Token" is "made-up"
    When I send a POST request to the iFlow "product-details-csrf" with the body:
      """
      {"productIdentifier": "HT-2000"}
      """
    Then the response status is 403
    And the response header "X-CSRF-Token" contains "required"
