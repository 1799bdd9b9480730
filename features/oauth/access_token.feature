@oauth @safe
Feature: Access token
  A client of the tenant gets a token from the token service with the clientid and clientsecret of its
  service key. Every call of an iFlow carries that token.

  @smoke
  Scenario: A client gets a token
    When I request an access token for client "default"
    Then the response status is 200
    And the response header "content-type" contains "application/json"
    And the response value at "$.token_type" is "bearer"
    And the token is valid for at least 300 seconds

  Scenario: The token allows sending messages to iFlows
    Given an access token for client "default"
    Then the token grants the scope "ESBMessaging.send"

  Scenario: The run asks once and reuses the token
    Given an access token
    When I request the details of product "HT-2000"
    Then the response status is 200
    When I request the details of product "HT-1000"
    Then the response status is 200

  Scenario: The token service must not be cached on the way
    When I request an access token for client "default"
    Then the response header "cache-control" contains "no-store"

  Scenario Outline: A wrong secret is refused
    When I request an access token for client "default" with the secret "<secret>"
    Then the token request is refused with status 401

    Examples:
      | secret                 |
      | wrong                  |
      | with + = $ ! \| &      |
      | Schlüssel mit Umlaut ß |
