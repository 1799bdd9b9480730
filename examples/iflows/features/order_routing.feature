Feature: Orders find their way
  Each branch of the iFlow "Order routing" has a scenario: pytest --flow-coverage-fail-under=100

  Scenario Outline: A return
    When I send a POST request to the iFlow "/shop/order-routing" with the body:
      """
      <order kind="return"><country>DE</country><reason><why></reason></order>
      """
    Then the response status is 200
    And the response body is "<answer>"

    Examples:
      | why     | answer     |
      | damaged | <refund/>  |
      | size    | <voucher/> |

  Scenario: An order from the warehouse
    When I send a POST request to the iFlow "/shop/order-routing" with the body:
      """
      <order><country>AT</country><item id="1" pieces="1" price="2.50"/></order>
      """
    Then the response status is 200
    And the response value at "/confirmation/stock" is "7"

  Scenario: The warehouse fails
    When I send a POST request to the iFlow "/shop/order-routing" with the body:
      """
      <order><country>DE</country></order>
      """
    Then the response status is 502
    And the response body contains "500"

  Scenario: A large order is priced item by item
    When I send a POST request to the iFlow "/shop/order-routing" with the body:
      """
      <order>
        <country>FR</country>
        <item id="1" pieces="2" price="1.50"/>
        <item id="2" pieces="1" price="10"/>
        <item id="3" pieces="3" price="0.99"/>
      </order>
      """
    Then the response status is 200
    And the response value at "/lines/line[@id='3']" is "2.97"

  Scenario: Any other order waits
    When I send a POST request to the iFlow "/shop/order-routing" with the body:
      """
      <order><country>FR</country><item id="1" pieces="1" price="2.50"/></order>
      """
    Then the response status is 200
    And the response value at "/waiting/@country" is "FR"
