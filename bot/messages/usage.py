"""Replies to commands with a missing or wrong argument: what is wrong, and how to fix it."""

from __future__ import annotations

NO_QUESTION = ("Which question?", "Ask it on the same line: `/mas ask how is the cache cleared?`")
NO_EDIT_NUMBER = ("Which edit?", "Give its number: `/mas docs explain 1`.")


def no_finding_id(verb: str) -> tuple[str, str]:
    """Return the message and the hint where `/mas security VERB` lacks the id of a finding."""
    reason = " only in tests" if verb == "ignore" else ""
    return "Which finding?", f"Give its id: `/mas security {verb} 3f9a1c2{reason}`."


def no_reason(finding_id: str) -> tuple[str, str]:
    """Return the message and the hint where `/mas security ignore` lacks a reason."""
    return "A reason is required.", f"For example: `/mas security ignore {finding_id} only in tests`."


def not_a_date(text: str) -> tuple[str, str]:
    """Return the message and the hint where the date after `until` does not exist."""
    return f"{text} is not a date.", "Use `until 2027-01-31`."
