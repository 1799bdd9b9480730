@payloads
Feature: Messages out
  The flow "echo" of the tenant local answers with what it got.

  Scenario: Headers, a path behind the address, and parameters
    Given the request header "X-Step" is "1"
    And the request header "X-Step" is also "2"
    And the request header "User-Agent" is not sent
    And the request path ends with "/4711?lang=de"
    And the query parameter "page" is "1"
    When I send a GET request to the iFlow "/echo"
    Then the response value at "$.path" is "4711"
    And the response value at "$.query.lang" is "de"
    And the response value at "$.query.page" is "1"
    And the response value at "$.headers.x-step" contains "2"
    And the response value at "$.headers.user-agent" does not exist

  Scenario: A form
    Given the form field "customer" is "Jürgen & Söhne"
    And the form field "total" is "12.50"
    When I send a POST request to the iFlow "/echo"
    Then the response value at "$.body" is "customer=J%C3%BCrgen+%26+S%C3%B6hne&total=12.50"

  Scenario: A form with a file
    Given the form field "note" is "urgent"
    And I send the file "order.golden.xml" as the form field "order"
    When I send a POST request to the iFlow "/echo"
    Then the response value at "$.headers.content-type" starts with "multipart/form-data; boundary="
    And the response value at "$.body" contains 'name="order"; filename="order.golden.xml"'
    And the response value at "$.body" contains "Content-Type: application/xml"

  Scenario: A file with the type that its name tells
    When I send a POST request to the iFlow "/echo" with the file "order.edi"
    Then the response value at "$.headers.content-type" is "application/EDIFACT"
    And the response value at "$.body" starts with "UNA"

  Scenario: A body that is sent gzipped
    Given the request body is sent gzipped
    When I send a POST request to the iFlow "/echo" with the file "order.edi"
    Then the response value at "$.body" starts with "UNA"

  Scenario: Several calls, each with its message
    When I send a POST request to the iFlow "/echo" with the file "order.edi"
    And I name the last call "order"
    And I send a GET request to the iFlow "/order/json"
    And I repeat the last call within 10 seconds until the response value at "$.number" exists
    Then the message of the call "order" is completed
    And the message is completed

  Scenario: A message that may be processed more than once
    When I send a POST request to the iFlow "/order/json"
    And I repeat the last call within 10 seconds, although it may be processed again, until the response status is 200
    Then the message is completed

  Scenario: One id in several places
    Given I remember the text "${uuid}" as "id"
    And the request header "X-Id" is "${id}"
    And the request path ends with "/${id}"
    When I send a GET request to the iFlow "/echo"
    Then the response value at "$.path" is "${id}"
    And the response value at "$.headers.x-id" equals the response value at "$.path"
