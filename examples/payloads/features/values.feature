@payloads
Feature: Values of a response

  Background:
    When I send a GET request to the iFlow "/order/json"
    Then the response status is a success

  @soft
  Scenario: Texts
    Then the response value at "$.currency" is "EUR"
    And the response value at "$.currency" is not "USD"
    And the response value at "$.currency" equals "EUR"
    And the response value at "$.currency" is the text "EUR"
    And the response value at "$.currency" is one of "EUR", "USD" or "CHF"
    And the response value at "$.customer.name" contains "Groß"
    And the response value at "$.customer.name" does not contain "Gross"
    And the response value at "$.customer.name" starts with "Jürgen"
    And the response value at "$.customer.mail" ends with "@example.com"
    And the response value at "$.customer.mail" matches "[a-z]+@example\.com"
    And the response value at "$.customer.name" equals "jürgen groß" ignoring case
    And the response value at "$.customer.name" equals "JürgenGroß" ignoring blanks
    And the response value at "$.customer.name" equals "JÜRGENGROSS" ignoring case and blanks
    And the response value at "$.notes" equals:
      """
      first line
      second line
      """
    And the response value at "$.notes" contains:
      """
      line
      second
      """

  Scenario: Numbers, exact to the last digit
    Then the response value at "$.number" is 4711
    And the response value at "$.number" is the number 4711.00
    And the response value at "$.total" is 12345678901234567890.5
    And the response value at "$.total" is not 12345678901234567890.49
    And the response value at "$.number" is greater than 4710
    And the response value at "$.number" is not less than 4711
    And the response value at "$.number" is at least 4711
    And the response value at "$.number" is at most 4711
    And the response value at "$.number" is between 4000 and 5000
    And the response value at "$.items[1].price" is 90 give or take 0.5

  Scenario: Kinds of values
    Then the response value at "$.id" is a uuid
    And the response value at "$.number" is an integer
    And the response value at "$.total" is a number
    And the response value at "$.currency" is a text
    And the response value at "$.currency" is not a number
    And the response value at "$.paid" is a boolean
    And the response value at "$.day" is a date
    And the response value at "$.created" is a time
    And the response value at "$.items" is a list
    And the response value at "$.customer" is an object
    And the response value at "$.paid" is false
    And the response value at "$.discount" is null
    And the response value at "$.discount" exists
    And the response value at "$.refund" does not exist
    And the response value at "$.comments" is empty
    And the response value at "$.tags" is not empty

  Scenario: Points in time
    Then the response value at "$.created" is before now
    And the response value at "$.day" is before today
    And the response value at "$.created" is after "2026-01-31"
    And the response value at "$.created" is within 3 hours of "2026-01-31T11:00:00+01:00"
    And the response value at "$.changed" is within 1 minute of "2026-01-31T10:15:30Z"

  Scenario: Several values
    Then every response value at "$.items[*].price" is greater than 50
    And some response value at "$.items[*].code" is "HT-2000"
    And no response value at "$.items[*].quantity" is less than 1
    And the number of the response values at "$.items" is at least 2
    And the sum of the response values at "$.items[*].price" is 140.5
    And the response has 2 values at "$.items"
    And the response has at least 1 value at "$.tags"
    And the response has at most 3 values at "$.tags"
    And the response has no values at "$.refunds"
    And the response values at "$.tags" are "new", "web"
    And the response values at "$.tags" are "web" and "new" in any order
    And the response values at "$.items[*].price" are sorted
    And the response values at "$.items[*].quantity" are sorted descending
    And the response value at "$.tags" contains "web"
    And the response value at "$.tags" contains any of "shop", "web"
    And the response value at "$.tags" contains all of "new" and "web"
    And in every response value at "$.items", "$.price" is greater than "$.quantity"
    And in no response value at "$.items", "$.code" equals "$.price"
    And every response value at "$.items" has exactly the keys "code", "price", "quantity"
    And the response value at "$.customer" has the key "mail"
    And the response value at "$.customer" does not have the keys "password" and "token"
    And the response value at "$.total" is greater than the response value at "$.number"
    And the response value at "$.created" is after the response value at "$.day"
    And the length of the response value at "$.currency" is 3

  Scenario: Status, headers and body
    Then the response status is 200
    And the response status is not 500
    And the response status is one of 200, 202
    And the response status is between 200 and 299
    And the response status is not a client error
    And the response header "Content-Type" contains "json"
    And the response header "X-Unknown" does not exist
    And the response cookie "unknown" does not exist
    And the response body contains "HT-1080"
    And the response body starts with "{"
    And the size of the response body is between 100 and 10000
    And the response arrives within 30 seconds

  Scenario: A value is remembered from one call to the next
    Given I remember the response value at "$.number" as "number"
    When I send a GET request to the iFlow "/order/xml"
    Then the response value at "/Order/@number" equals remembered "number"
    And the response value at "/Order/Currency" does not equal remembered "number"
    And remembered "number" is 4711

  Scenario: A text is remembered, and filled in
    Given I remember the text "EUR" as "currency"
    Then the response value at "$.currency" is "${currency}"
    And the response value at "$.currency" equals remembered "currency"

  Scenario: A table of values
    Then the response has these values:
      | path                                       | relation       | value        |
      | $.currency                                 | is             | EUR          |
      | $.number                                   | is at least    | 4000         |
      | $.refund                                   | does not exist |              |
      | $.currency                                 | is one of      | "EUR", "USD" |
      | $.items[0].code                            | matches        | HT-\d{4}     |
      | every response value at "$.items[*].price" | is a number    |              |
      | the response header "Content-Type"         | contains       | json         |
