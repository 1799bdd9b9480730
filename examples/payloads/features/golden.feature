@payloads
Feature: Golden messages

  Scenario: An order in JSON, but for what is another in each answer
    When I send a GET request to the iFlow "/order/json"
    Then the response equals the golden message "order-as-saved.json"

  Scenario: An order in XML, its prices by value and its items in any order
    When I send a GET request to the iFlow "/order/xml"
    Then the response equals the golden message "order-by-value.xml"

  Scenario: Lines of a CSV file, but for a column
    When I send a GET request to the iFlow "/order/csv"
    Then the response equals the golden message "order-lines.csv"

  Scenario: An order in EDIFACT, but for its control numbers and dates
    When I send a GET request to the iFlow "/order/edifact"
    Then the response equals the golden message "order-segments.edi"

  Scenario: A part of an order, and another text than the one of the day
    When I send a GET request to the iFlow "/order/json"
    Then the response value at "$.customer" equals the golden message "customer.json"
    And the response value at "$.customer" does not equal the golden message "order-as-saved.json"
    And the response body equals the golden message "order-as-saved.json"
