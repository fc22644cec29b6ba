"""The invented city of 江海市: a believable office, built through the same services a real one uses."""

from webapp.demo.build import build
from webapp.demo.people import links

__all__ = ["build", "links"]
