"""Faults on purpose: what is promised about mail is tried on real processes that are really killed."""
