"""The way in: `mas`, or `python -m bot`."""

from __future__ import annotations

import os
import sys
import traceback

from bot.cli.main import app
from bot.errors import RemoteError, UserError
from bot.text.terminal_safe import escape_for_terminal


def main() -> None:
    """Run the command line and end the process with its exit code (`docs/preview.md`)."""
    try:
        app()
    except (UserError, RemoteError) as error:
        _say(str(error))
        raise SystemExit(2) from error
    except ModuleNotFoundError as error:
        if os.environ.get("MAS_DEBUG"):
            traceback.print_exc()
        _say(f"the package of the module {error.name} is not installed: pip install 'mas-docs-bot[all]'")
        raise SystemExit(2) from error
    except Exception as error:
        if os.environ.get("MAS_DEBUG"):
            traceback.print_exc()
        else:
            _say(f"this is a bug of ours ({type(error).__name__}). Please report it with what MAS_DEBUG=1 shows.")
        raise SystemExit(3) from error


def _say(message: str) -> None:
    for line in f"mas: {message}".splitlines():
        sys.stderr.write(f"{escape_for_terminal(line)}\n")


if __name__ == "__main__":
    main()
