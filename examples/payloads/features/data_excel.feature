@payloads
Feature: Rows from Excel and YAML
  Needs: pip install "pytest-iflow[excel,yaml]"

  Scenario Outline: The price of <code>
    When I send a GET request to the iFlow "/order/json"
    Then the response value at "$.items[?@.code=='<code>'].price" is <price>

    @data(products.xlsx,Prices_in_EUR,B3:C5)
    Examples:

    @data(products.yaml)
    Examples:
