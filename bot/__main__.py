"""The entry point of `mas` and `python -m bot`."""

from __future__ import annotations

import os
import sys
import traceback

from bot.cli.main import app
from bot.errors import RemoteError, UserError
from bot.text.terminal_safe import escape_for_terminal


def main() -> None:
    """Run the command line and exit with its code (see `docs/preview.md`)."""
    try:
        app()
    except (UserError, RemoteError) as error:
        _print_error(str(error))
        raise SystemExit(2) from error
    except ModuleNotFoundError as error:
        if os.environ.get("MAS_DEBUG"):
            traceback.print_exc()
        _print_error(
            f"The package of module {error.name} is not installed. Install it: pip install 'mas-docs-bot[all]'"
        )
        raise SystemExit(2) from error
    except Exception as error:
        if os.environ.get("MAS_DEBUG"):
            traceback.print_exc()
        else:
            _print_error(f"Internal error ({type(error).__name__}). Please report it with the output of MAS_DEBUG=1.")
        raise SystemExit(3) from error


def _print_error(message: str) -> None:
    for line in f"mas: {message}".splitlines():
        sys.stderr.write(f"{escape_for_terminal(line)}\n")


if __name__ == "__main__":
    main()
