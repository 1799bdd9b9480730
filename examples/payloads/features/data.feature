@payloads
Feature: Rows from files
  Each row is a scenario; reports name its line in the file.

  Background:
    When I send a GET request to the iFlow "/order/json"

  Scenario Outline: The price of <code>
    Then some response value at "$.items[*].code" is "<code>"
    And the response value at "$.items[?@.code=='<code>'].price" is <price>

    @data(products.csv)
    Examples:
      | code    | price |
      | Produkt | Preis |

    @data(products.json)
    Examples:
