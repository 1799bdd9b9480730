"""What a run leaves: Allure results, summary, terminal."""
