@monitoring @safe
Feature: The message behind an answer
  A status of 200 says that the iFlow answered. What the tenant logged about exactly this message says
  whether it was processed. These scenarios need a service key of plan api and are skipped without one.

  @smoke
  Scenario: A product request is processed to its end
    When I request the details of product "HT-2000"
    Then the response status is 200
    And the message is completed
    And the message passed through 1 iFlow

  Scenario: A product that does not exist is no failure of the iFlow
    When I request the details of product "HT-0000"
    Then the response status is 200
    And the message is completed

  Scenario: A request without a product identifier fails in the iFlow
    When I send a POST request to the iFlow "product-details" with the body:
      """
      {"supplier": "100000041"}
      """
    Then the response status is 500
    And the message failed with an error containing "productIdentifier"
