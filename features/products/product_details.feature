Feature: Product details
  Scenario Outline: A known product is answered
    When I request the details of product "<id>"
    Then the response status is 200
    And the response value at "/Products/Product/ProductId" is "<id>"

    Examples:
      | id      |
      | HT-2000 |
      | HT-1080 |
