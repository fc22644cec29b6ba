"""Measurements by command, on databases of their own that are gone afterwards."""
