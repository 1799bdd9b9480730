@calls @safe @tenant(local)
Feature: What reaches the iFlow
  The echo flow of the local tenant answers with what it received.

  Scenario: Headers and query parameters
    Given the request header "SAP_ApplicationID" is "order-4711"
    And the query parameter "language" is "DE & Österreich"
    When I send a GET request to the iFlow "/echo"
    Then the response status is 200
    And the response value at "$.method" is "GET"
    And the response value at "$.query.language" is "DE & Österreich"
    And the response value at "$.headers.sap_applicationid" is "order-4711"

  Scenario Outline: The content type follows the body: <kind>
    When I send a POST request to the iFlow "/echo" with the body:
      """
      <body>
      """
    Then the response value at "$.headers['content-type']" is "<type>"
    And the response value at "$.body" is "<text>"

    Examples:
      | kind | body          | type                     | text           |
      | JSON | {"a": 1}      | application/json         | {\\"a\\": 1}   |
      | XML  | <order/>      | application/xml          | <order/>       |
      | text | Grüße         | text/plain;charset=UTF-8 | Grüße          |
