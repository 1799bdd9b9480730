@calls @safe
Feature: Why a call is refused
  The answer, the token and the service key show what is the matter. docs/troubleshooting.md lists every cause.

  Scenario: No token
    When I call the iFlow "product-details" without a token
    Then the call is refused because "no-authorization-header"

  Scenario: Something that is no token
    When I call the iFlow "product-details" with the token "invalid_token"
    Then the call is refused because "token-not-a-jwt"

  Scenario: The token of a client of plan api
    When I call the iFlow "product-details" with the token of client "monitoring"
    Then the call is refused because "wrong-audience"

  Scenario: A secret that is wrong
    When I request an access token for client "default" with the secret "this is not the secret"
    Then the token request is refused with status 401
    And the call is refused because "bad-credentials"

  @tenant(local)
  Scenario: A sender with CSRF protection
    Given the request header "X-CSRF-Token" is "made-up"
    When I send a POST request to the iFlow "/products/details/csrf" with the body:
      """
      {"productIdentifier": "HT-1080"}
      """
    Then the response status is 403
    And the call is refused because "csrf-required"

  @tenant(local)
  Scenario: An iFlow that asks for another role
    When I send a POST request to the iFlow "/products/details/role"
    Then the call is refused because "missing-role"

  @tenant(local)
  Scenario Outline: A message that the iFlow cannot use: <kind>
    When I send a POST request to the iFlow "product-details" with the body:
      """
      <body>
      """
    Then the response status is 500
    And the call is refused because "<cause>"

    Examples:
      | kind           | body          | cause         |
      | no JSON        | <product/>    | body-not-json |
      | no identifier  | {"product":1} | missing-field |
