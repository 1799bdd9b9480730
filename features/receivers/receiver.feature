@receivers @safe @tenant(local)
Feature: A receiver that is not well
  This iFlow passes the message on to a receiver, which is slow, wrong or down as the query orders.

  Scenario: A receiver that is well
    When I send a POST request to the iFlow "receiver" with the body:
      """
      Hello
      """
    Then the response status is 200
    And the response body contains "Hello"

  Scenario: A receiver that is down
    Given the query parameter "receiver" is "down"
    When I send a POST request to the iFlow "receiver"
    Then the response status is 500
    And the response body contains "The MPL ID for the failed message is"

  Scenario: A receiver that answers with an error
    Given the query parameter "code" is "503"
    When I send a POST request to the iFlow "receiver"
    Then the response status is 500
    And the response body contains "with statusCode: 503"
