@payloads
Feature: Expected messages

  Scenario: What an answer in JSON contains
    When I send a GET request to the iFlow "/order/json"
    Then the response contains:
      """
      {
        "id": "${uuid}",
        "number": "${integer}",
        "total": "${is greater than 0}",
        "paid": "${boolean}",
        "created": "${time}",
        "day": "${date}",
        "discount": "${any}",
        "refund": "${absent}",
        "voucher": "${optional text}",
        "customer": {"mail": "${text}@${matches:[a-z.]+}"},
        "items": ["${each}", {"code": "${matches:HT-\\d{4}}", "price": "${number}"}],
        "tags": "${list}"
      }
      """
    And the response contains in any order:
      """
      {"items": [{"code": "HT-2000"}, {"code": "HT-1080"}]}
      """
    And the response does not contain:
      """
      {"paid": true}
      """
    And the response value at "$.customer" equals:
      """
      {"name": "Jürgen Groß", "mail": "${text}"}
      """
    And the response value at "$.items" contains:
      """
      [{"code": "HT-1080"}]
      """
    And the response value at "$.tags" equals in any order:
      """
      ["web", "new"]
      """
    And the response value at "$.items[0]" matches the schema "item.schema.json"

  Scenario: What an answer in XML equals
    When I send a GET request to the iFlow "/order/xml"
    Then the response equals:
      """
      <Order number="${integer}">
        <Currency>EUR</Currency>
        <Total>${is between 229 and 230}</Total>
        <Item code="HT-1080"><Price>${number}</Price></Item>
        <Item code="HT-2000"><Price>${number}</Price></Item>
        <Note>${any}</Note>
      </Order>
      """
    And the response equals in any order:
      """
      <Order number="4711">
        <Note/>
        <Item code="HT-2000"><Price>89.50</Price></Item>
        <Item code="HT-1080"><Price>51.000</Price></Item>
        <Total>229.500</Total>
        <Currency>EUR</Currency>
        <Refund>${absent}</Refund>
        <Voucher>${optional}</Voucher>
      </Order>
      """
    And the response contains:
      """
      {"Order": {"Currency": "EUR", "Total": 229.5}}
      """
    And the response equals the golden message "order.golden.xml"
    And the response matches the schema "order.xsd"
