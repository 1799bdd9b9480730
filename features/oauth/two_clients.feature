@oauth @safe
Feature: Several clients of one tenant
  Each partner has a service instance of its own, so each has its own token.

  Scenario Outline: Each client calls with its own token
    Given an access token for client "<client>"
    Then the token grants the scope "ESBMessaging.send"
    When I request the details of product "HT-2000"
    Then the response status is 200
    And the response matches the schema "product-details.schema.json"

    Examples:
      | client  |
      | default |
      | second  |

  Scenario: A client of plan api reads the API, it does not send messages
    Given an access token for client "monitoring"
    Then the token is valid for at least 300 seconds

  Scenario: The secret of one client is no secret of another
    When I request an access token for client "second" with the secret "the secret of client default"
    Then the token request is refused with status 401
