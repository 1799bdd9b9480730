@products @safe @tenant(local)
Feature: Product details by SOAP
  The same products behind a SOAP sender. The address of such an iFlow begins with /cxf.

  Background:
    Given the request header "Content-Type" is "text/xml;charset=UTF-8"
    And the request header "SOAPAction" is "urn:local-tenant:products/GetProduct"

  Scenario: The details of a product
    When I send a POST request to the iFlow "product-soap" with the body:
      """
      <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
        <soap:Body>
          <GetProduct xmlns="urn:local-tenant:products"><ProductId>HT-1080</ProductId></GetProduct>
        </soap:Body>
      </soap:Envelope>
      """
    Then the response status is 200
    And the response value at "//*[local-name()='Name']" is "Photo Scan"
    And the response value at "//*[local-name()='Price']" is 51

  Scenario: An unknown product is a SOAP fault
    When I send a POST request to the iFlow "product-soap" with the body:
      """
      <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
        <soap:Body>
          <GetProduct xmlns="urn:local-tenant:products"><ProductId>XX-0000</ProductId></GetProduct>
        </soap:Body>
      </soap:Envelope>
      """
    Then the response status is 500
    And the response value at "//faultstring" is "There is no such product."
    And the response value at "//*[local-name()='UnknownProduct']/*" is "XX-0000"
