@monitoring
Feature: An order is processed after its answer
  The order flow answers 202 at once and goes on: it hands the order to the flow that fulfils it. Only the
  message processing log tells how that ended. Where a tenant has no such flow these scenarios are skipped.

  Background:
    Given the tenant has the iFlow "Orders"

  Scenario Outline: An order that takes <seconds> s is waited for
    Given the query parameter "seconds" is "<seconds>"
    When I send a POST request to the iFlow "Orders" with the body:
      """
      {"orderId": "4711"}
      """
    Then the response status is 202
    And the message is completed

    Examples:
      | seconds |
      | 0       |
      | 0.4     |
      | 3       |

  Scenario: An order that cannot be passed on fails after its answer
    Given the query parameter "seconds" is "0.2"
    And the query parameter "outcome" is "FAILED"
    When I send a POST request to the iFlow "Orders" with the body:
      """
      {"orderId": "4712"}
      """
    Then the response status is 202
    And the message failed with an error containing "could not be passed on"

  Scenario: The tenant tries again while the cause lasts
    Given the query parameter "seconds" is "0.2"
    And the query parameter "outcome" is "RETRY"
    When I send a POST request to the iFlow "Orders" with the body:
      """
      {"orderId": "4713"}
      """
    Then the message status becomes "RETRY" within 10 seconds

  Scenario: The order reaches the flow that fulfils it
    Given the query parameter "seconds" is "0.2"
    When I send a POST request to the iFlow "Orders" with the body:
      """
      {"orderId": "4714"}
      """
    Then the iFlow "Order_Fulfilment" processed the message with status "COMPLETED"
    And the message passed through 2 iFlows

  Scenario: What the order leaves in its message log
    Given the query parameter "seconds" is "0"
    And the request header "SAP_MessageProcessingLogLevel" is "DEBUG"
    When I send a POST request to the iFlow "Orders" with the body:
      """
      {"orderId": "4715", "note": "by hand"}
      """
    Then the message is completed
    And the message has the custom header "orderId" with "4715"
    And the message has the adapter attribute "Address" with "/http/orders"
    And the message has the attachment "order.json"
    And the attachment "order.json" of the message contains "by hand"
    And the message has an entry in the message store "Orders"
    And the message passed the step "ServiceTask_1"

  Scenario: An escalation is an end of its own
    Given the tenant has the iFlow "Escalation"
    When I send a POST request to the iFlow "Escalation"
    Then the response status is 500
    And the message status becomes "ESCALATED" within 10 seconds
