"""A bag played through the real node over DDS, and what is measured of it."""
