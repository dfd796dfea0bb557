"""Found people out as labels that people correct, and back as truth."""
