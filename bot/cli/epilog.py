"""The end of each command's `--help`: an example, and the exit codes where they matter."""

ERROR_EXIT_CODES = "2 usage or input error, explained on stderr; 3 internal error"
CHECK_EXIT_CODES = "0 all checks passed; 1 a check failed"


def epilog(example: str, exit_codes: str = "") -> str:
    """Return the epilog of a command, as `typer` formats it: paragraphs with a blank line between."""
    return f"Example: {example}" + (f"\n\nExit codes: {exit_codes}." if exit_codes else "")
