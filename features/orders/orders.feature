@orders @tenant(local)
Feature: Orders
  The order iFlow is asynchronous: it answers as soon as it has stored the order, and goes on without the
  sender. Only what it cannot read is refused at once.

  Scenario: An order is accepted at once
    When I send a POST request to the iFlow "orders" with the body:
      """
      {"orderId": "4711", "items": [{"productId": "HT-2000", "quantity": 2}]}
      """
    Then the response status is 202
    And the response value at "$.orderId" is "4711"
    And the response value at "$.status" is "ACCEPTED"

  Scenario: The sender does not learn that the order fails later
    Given the query parameter "outcome" is "FAILED"
    When I send a POST request to the iFlow "orders" with the body:
      """
      {"orderId": "4712"}
      """
    Then the response status is 202

  Scenario: What is no order is refused
    When I send a POST request to the iFlow "orders" with the body:
      """
      4713
      """
    Then the response status is 500
    And the response body contains "The MPL ID for the failed message is"
