@products
Feature: Requests that the product iFlow cannot use
  Nothing catches an error within this flow, so the sender is told the cause and the id of the message
  processing log.

  Scenario: The product identifier is missing
    When I send a POST request to the iFlow "product-details" with the body:
      """
      {"product": "HT-2000"}
      """
    Then the response status is 500
    And the response body contains "Header/Property value not found for the parameter ${header.productIdentifier}"
    And the response body contains "The MPL ID for the failed message is"

  Scenario: The body is empty
    When I send a POST request to the iFlow "product-details"
    Then the response status is 500
    And the response body contains "The MPL ID for the failed message is"

  Scenario Outline: The body is not what the flow expects: <kind>
    When I send a POST request to the iFlow "product-details" with the body:
      """
      <body>
      """
    Then the response status is 500
    And the response body contains "The MPL ID for the failed message is"

    Examples:
      | kind            | body                             |
      | broken JSON     | {"productIdentifier": "HT-2000"  |
      | XML             | <productIdentifier/>             |
      | a list          | ["HT-2000"]                      |
      | plain text      | HT-2000                          |

  @tenant(local)
  Scenario Outline: The product identifier is of the wrong type: <kind>
    When I send a POST request to the iFlow "product-details" with the body:
      """
      {"productIdentifier": <value>}
      """
    Then the response status is <status>

    Examples:
      | kind    | value | status |
      | number  | 2000  | 200    |
      | boolean | true  | 200    |
      | null    | null  | 500    |

  Scenario: A very long product identifier
    When I send a POST request to the iFlow "product-details" with the file "long-product-identifier.json"
    Then the response status is 200
    And the response has 0 values at "/Products/Product"
