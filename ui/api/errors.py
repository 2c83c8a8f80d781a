"""What another program may do wrong, beside what `index.errors` has; the messages are sentences."""

from __future__ import annotations

from index.errors import WenjuError


class BadRequest(WenjuError):
    """A request cannot be met as it is: an empty question, conditions that make no sense."""


class NotThere(WenjuError):
    """A document or a model is asked for that is not there."""
