"""How good it is: annotations and what is wrong with them, AP, identities over time. No torch; the extra [evaluate]."""
