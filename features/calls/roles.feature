@calls @safe @tenant(local)
Feature: Roles
  A sender asks for a role: ESBMessaging.send, or one of the tenant's own. A token without it is good, and
  yet of no use there.

  Scenario Outline: <client> at <iflow>
    Given an access token for client "<client>"
    When I send a POST request to the iFlow "<iflow>" with the body:
      """
      {"productIdentifier": "HT-2000"}
      """
    Then the response status is <status>

    Examples:
      | client       | iflow                | status |
      | without-role | product-details      | 403    |
      | custom-role  | product-details      | 403    |
      | custom-role  | product-details-role | 200    |
      | default      | product-details-role | 403    |
