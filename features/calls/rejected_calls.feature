@calls @safe
Feature: Rejected calls
  The runtime lets nobody in who does not show a token of a client that may send messages.

  @smoke
  Scenario: A call without a token
    When I call the iFlow "product-details" without a token
    Then the response status is 401

  Scenario Outline: A call with something that is no token: <kind>
    When I call the iFlow "product-details" with the token "<token>"
    Then the response status is 401

    Examples:
      | kind       | token                |
      | a word     | invalid_token        |
      | cut off    | header.payload       |
      | three dots | a.b.c                |

  Scenario: A token of plan api does not open the runtime
    When I call the iFlow "product-details" with the token of client "monitoring"
    Then the response status is 401

  Scenario: An address that no iFlow has
    When I send a POST request to the iFlow "/no/such/address"
    Then the response status is 404
