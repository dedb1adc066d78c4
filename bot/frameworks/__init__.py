"""CLI, configuration and web frameworks that declare options, variables and routes as strings, one record each."""

from __future__ import annotations

from bot.frameworks.argparse import ARGPARSE
from bot.frameworks.clap import CLAP
from bot.frameworks.click import CLICK
from bot.frameworks.commander import COMMANDER
from bot.frameworks.decorated_routes import DECORATED_ROUTES
from bot.frameworks.django_routes import DJANGO_ROUTES
from bot.frameworks.environment import ENVIRONMENT
from bot.frameworks.express_routes import EXPRESS_ROUTES
from bot.frameworks.framework import Framework
from bot.frameworks.go_flags import GO_FLAGS
from bot.frameworks.go_routes import GO_ROUTES
from bot.frameworks.pydantic_settings import PYDANTIC_SETTINGS
from bot.frameworks.typer import TYPER
from bot.frameworks.yargs import YARGS

FRAMEWORKS: tuple[Framework, ...] = (
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

__all__ = ["FRAMEWORKS", "Framework"]
