@payloads
Feature: OData senders
  The iFlow Orders_OData of the tenant local keeps orders. Its address is found in the tenant's list.

  Scenario: A query
    When I query "Orders" of the OData iFlow "Orders_OData" with:
      | filter   | Amount gt 10 and Currency eq 'EUR' |
      | select   | OrderId,Amount                     |
      | order by | Amount desc                        |
      | top      | 1                                  |
      | count    | yes                                |
    Then the message is accepted
    And the response value at "$.d.__count" is at least 2
    And the response value at "$.d.results[0].Amount" is 1250
    And the response value at "$.d.results[0].Customer" does not exist

  Scenario: One entity in XML
    Given the request header "Accept" is "application/xml"
    When I read "Orders('4711')" of the OData iFlow "Orders_OData"
    Then the response value at "//Customer" is "Jürgen & Söhne"

  Scenario: An entity is created, changed, replaced and deleted
    Given I remember the text "${text(8)}" as "id"
    When I create an entity in "Orders" of the OData iFlow "Orders_OData":
      """
      {"OrderId": "${id}", "Customer": "Pearl", "Amount": "12.50", "Currency": "EUR"}
      """
    And I name the last call "create"
    Then the response status is 201
    And the message is accepted
    And the response value at "$.d.OrderId" is "${id}"
    When I change "Orders('${id}')" of the OData iFlow "Orders_OData":
      """
      {"Amount": "13.00"}
      """
    Then the message is accepted
    When I read "Orders('${id}')" of the OData iFlow "Orders_OData"
    Then the response has these values:
      | path         | relation | value |
      | $.d.Amount   | is       | 13    |
      | $.d.Customer | is       | Pearl |
    When I replace "Orders('${id}')" of the OData iFlow "Orders_OData":
      """
      {"Amount": "14.00"}
      """
    And I read "Orders('${id}')" of the OData iFlow "Orders_OData"
    Then the response value at "$.d.Customer" is null
    When I delete "Orders('${id}')" of the OData iFlow "Orders_OData"
    Then the response status is 204
    And the message is accepted
    When I read "Orders('${id}')" of the OData iFlow "Orders_OData"
    Then the response status is 404
    And the message is not accepted
    And the message of the call "create" is completed
    And the message of the call "create" has the custom header "orderId" with "${id}"

  Scenario: Entities from files, in which variables have values
    Given I remember the text "${text(8)}" as "id"
    When I create an entity in "Orders" of the OData iFlow "Orders_OData" with the file "new-order.json" filled in
    Then the message is accepted
    And the response value at "$.d.OrderId" is "${id}"
    When I change "Orders('${id}')" of the OData iFlow "Orders_OData" with the file "paid-order.xml"
    And I query "Orders('${id}')/Paid" of the OData iFlow "Orders_OData"
    Then the response value at "$.d.Paid" is true

  Scenario: A batch
    Given I remember the text "${text(8)}" as "id"
    When I send a batch to the OData iFlow "Orders_OData":
      | method | path                     | body                                    |
      | GET    | Orders?$top=1            |                                         |
      | POST   | Orders                   | {"OrderId": "${id}", "Amount": "12.50"} |
      | MERGE  | Orders('${id}')          | {"Quantity": 3}                         |
      | GET    | Orders('${id}')/Quantity |                                         |
    Then the message is accepted
    And the response values at "$[*].status" are 200, 201, 204 and 200
    And the response value at "$[1].headers.location" ends with "Orders('${id}')"
    And the response value at "$[1].body.d.Amount" is 12.5
    And the response value at "$[3].body.d.Quantity" is 3

  Scenario: A change set is done as a whole, or not at all
    Given I remember the text "${text(8)}" as "id"
    When I send a batch to the OData iFlow "Orders_OData":
      | method | path             | body                 | change set |
      | POST   | Orders           | {"OrderId": "${id}"} | one        |
      | DELETE | Orders('nobody') |                      | one        |
      | GET    | Orders('${id}')  |                      |            |
    Then the response status is 202
    And the message is not accepted
    And the response values at "$[*].status" are 404 and 404
