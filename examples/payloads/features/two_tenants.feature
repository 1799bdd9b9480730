@payloads
Feature: The same answer on two tenants

  Scenario: An order in JSON, by the rules beside the file that is sent
    When I send a POST request to the iFlow "/order/json" with the file "order-as-saved.json"
    Then the same message gives the same answer on tenant "local" and "transported"

  Scenario: An order in XML on two environments, by rules of their own
    When I send a GET request to the iFlow "/order/xml"
    Then the same message gives the same answer on tenant "local" and "transported" by the rules of "order-by-value.xml"
