@oauth @safe @tenant(local)
Feature: Service keys of every kind
  A service instance may have several keys: with secrets, with a certificate. Each is good by itself until it
  is deleted. What a client may do is a matter of the roles of its instance.

  Scenario Outline: A key gets a token that opens the runtime: <client>
    When I request an access token for client "<client>"
    Then the response status is 200
    And the token grants the scope "ESBMessaging.send"
    When I request the details of product "HT-2000"
    Then the response status is 200

    Examples:
      | client         |
      | second-key     |
      | plus-in-secret |
      | certificate    |

  Scenario: A key that was deleted is refused
    When I request an access token for client "revoked-key"
    Then the token request is refused with status 401
