"""Codecs: people as the maps that a network is taught, and the maps as people again."""
