"""What the tests that cross layers share."""
