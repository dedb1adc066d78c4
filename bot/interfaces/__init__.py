"""The interfaces of a program that are strings in its code: one record a family of frameworks, one line each."""

from __future__ import annotations

from bot.interfaces.argparse import ARGPARSE
from bot.interfaces.clap import CLAP
from bot.interfaces.click import CLICK
from bot.interfaces.commander import COMMANDER
from bot.interfaces.decorated_routes import DECORATED_ROUTES
from bot.interfaces.django_routes import DJANGO_ROUTES
from bot.interfaces.environment import ENVIRONMENT
from bot.interfaces.express_routes import EXPRESS_ROUTES
from bot.interfaces.go_flags import GO_FLAGS
from bot.interfaces.go_routes import GO_ROUTES
from bot.interfaces.interface import Interface
from bot.interfaces.pydantic_settings import PYDANTIC_SETTINGS
from bot.interfaces.typer import TYPER
from bot.interfaces.yargs import YARGS

INTERFACES: tuple[Interface, ...] = (
    ARGPARSE,
    CLICK,
    TYPER,
    CLAP,
    GO_FLAGS,
    COMMANDER,
    YARGS,
    ENVIRONMENT,
    PYDANTIC_SETTINGS,
    DECORATED_ROUTES,
    DJANGO_ROUTES,
    EXPRESS_ROUTES,
    GO_ROUTES,
)

__all__ = ["INTERFACES", "Interface"]
