@payloads
Feature: Values of a message
  What the tenant says of the message that a call sent is a value, too.

  Scenario: Id, custom headers, attachments and adapter attributes
    Given the query parameter "seconds" is "0"
    When I send a POST request to the iFlow "/orders" with the body:
      """
      {"orderId": "4711"}
      """
    Then the id of the message is not empty
    And the custom header "orderId" of the message is 4711
    And the custom header "orderId" of the message is between 4000 and 5000
    And the custom header "refund" of the message does not exist
    And the length of the custom header "orderId" of the message is 4
    And the adapter attribute "Address" of the message ends with "/orders"
    And the attachment "order.json" of the message contains "4711"
    And the attachment "order.json" of the message equals:
      """
      {"orderId": "${text}"}
      """

  Scenario: A value of one message is expected of the next
    Given the query parameter "seconds" is "0"
    When I send a POST request to the iFlow "/orders" with the body:
      """
      {"orderId": "4711"}
      """
    And I name the last call "order"
    And I remember the custom header "orderId" of the message as "number"
    And I remember the id of the message as "id"
    And I send a GET request to the iFlow "/order/json"
    Then the response value at "$.number" equals remembered "number"
    And the response value at "$.number" equals the custom header "orderId" of the message of the call "order"
    And the id of the message does not equal remembered "id"
