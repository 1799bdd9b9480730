@payloads
Feature: Paths
  A name without a prefix is found in its namespace; functions are values.

  Background:
    When I send a GET request to the iFlow "/order/xml"

  Scenario Outline: <path>
    Then the response value at "<path>" is <value>

    Examples:
      | path                                | value      |
      | /Order/Currency                     | "EUR"      |
      | //Item[2]/@code                     | "HT-2000"  |
      | /n0:Order/n0:Currency               | "EUR"      |
      | //order:Total                       | 229.5      |
      | //Item[Price < 60]/@code            | "HT-1080"  |
      | (//Item)[1]/Price                   | 51         |
      | count(//Item)                       | 2          |
      | sum(//Price)                        | 140.5      |
      | string-length(/Order/Currency)      | 3          |
      | concat(//Currency, ' ', //@number)  | "EUR 4711" |
      | $.Order.Item[0]['@code']            | "HT-1080"  |
      | $.Order.Total                       | 229.5      |

  Scenario: Elements that are empty, or not there
    Then the response value at "/Order/Note" is empty
    And the response value at "/Order/Refund" does not exist
    And the response has 2 values at "//Item"
    And the sum of the response values at "//Price" is less than 200
