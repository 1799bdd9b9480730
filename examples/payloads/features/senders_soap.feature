@payloads
Feature: SOAP and IDoc senders
  The envelope is added by the steps.

  Scenario Outline: A reply in <version>
    When I send a message in a SOAP <version> envelope to the iFlow "Product_SOAP":
      """
      <GetProduct xmlns="urn:local-tenant:products"><ProductId>HT-1080</ProductId></GetProduct>
      """
    Then the message is accepted
    And the response is not a SOAP fault
    And the response header "Content-Type" starts with "<type>"
    And the response value at "//GetProductResponse/Name" is "Photo Scan"
    And the message is completed

    Examples:
      | version | type                 |
      | 1.1     | text/xml             |
      | 1.2     | application/soap+xml |

  Scenario: A fault
    When I send the file "get-product.xml" in a SOAP envelope to the iFlow "Product_SOAP"
    Then the message is not accepted
    And the response is a SOAP fault
    And the response is a SOAP fault containing "There is no such product"
    And the response value at "//faultcode" ends with "Server"
    And the response value at "//detail//ProductId" is "XX-0000"

  Scenario: A one-way message with a SOAP action and a header
    Given I remember the text "${number(8)}" as "id"
    And the SOAP action is "urn:orders/place"
    And the SOAP header:
      """
      <Security xmlns="urn:example"><User>tester</User></Security>
      """
    When I send a message in a SOAP envelope to the iFlow "Order_SOAP":
      """
      <Order xmlns="urn:example:orders"><orderId>${id}</orderId></Order>
      """
    Then the response status is 202
    And the message is accepted
    And the message has the custom header "orderId" with "${id}"

  Scenario: An IDoc
    Given I remember the text "${number(16)}" as "number"
    When I send an IDoc to the iFlow "IDoc_SOAP":
      """
      <ORDERS05><IDOC BEGIN="1"><EDI_DC40 SEGMENT="1"><DOCNUM>${number}</DOCNUM>
      <IDOCTYP>ORDERS05</IDOCTYP><MESTYP>ORDERS</MESTYP></EDI_DC40></IDOC></ORDERS05>
      """
    And I name the last call "order"
    Then the message is accepted
    And the response value at "//DOCNUM" is "${number}"
    When I send the file "idoc-orders05.xml" as an IDoc to the iFlow "IDoc_SOAP", filled in
    Then the message is accepted
    And the message of the call "order" has the custom header "SapIDocTransferId" with "${number}"
