@products @safe
Feature: Product details
  The iFlow takes a product identifier as JSON, asks the web shop for the product, and answers in XML.

  @smoke
  Scenario: The details of a product
    When I request the details of product "HT-2000"
    Then the response status is 200
    And the response matches the schema "product-details.schema.json"
    And the response has 1 value at "/Products/Product"
    And the response value at "/Products/Product/ProductId" is "HT-2000"
    And the response value at "/Products/Product/CurrencyCode" is "EUR"
    And the response arrives within 30 seconds

  Scenario Outline: Known products
    When I request the details of product "<product>"
    Then the response status is 200
    And the response matches the schema "product-details.schema.json"
    And the response value at "/Products/Product/ProductId" is "<product>"
    And the response value at "/Products/Product/Name" is "<name>"
    And the response value at "/Products/Product/Category" is "<category>"
    And the response value at "/Products/Product/Price" is <price>

    Examples:
      | product | name                      | category         | price |
      | HT-1000 | Notebook Basic 15         | Notebooks        | 956   |
      | HT-1010 | Notebook Professional 15  | Notebooks        | 1999  |
      | HT-1022 | Easy Hand VII             | PDAs/Organizers  | 205   |
      | HT-1037 | Flat X-large              | Flat screens     | 1430  |
      | HT-1040 | Laser Professional Eco    | Laser printers   | 830   |
      | HT-1080 | Photo Scan                | Scanners         | 51    |
      | HT-1081 | Power Scan                | Scanners         | 89    |

  Scenario Outline: An unknown product is no error
    When I request the details of product "<product>"
    Then the response status is 200
    And the response matches the schema "no-product.schema.json"
    And the response has 0 values at "/Products/Product"

    Examples:
      | product           |
      | HT-9999           |
      | ht-2000           |
      | O'Neill           |
      | Büromöbel-№7      |
      | ' or 1 eq 1 or '' |

  Scenario: The message itself says what is asked for
    When I send a POST request to the iFlow "product-details" with the body:
      """
      {"productIdentifier": "HT-1080"}
      """
    Then the response status is 200
    And the response value at "$.Products.Product.Name" is "Photo Scan"

  @tenant(local)
  Scenario: A message from a file, and the whole answer
    When I send a POST request to the iFlow "product-details" with the file "product-request.json"
    Then the response status is 200
    And the response equals the golden message "product-HT-1080.xml"
