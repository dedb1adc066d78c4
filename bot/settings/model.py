"""What the operator says about this machine and its GitHub App: the environment, or `.env` in the working directory.

A field's name in capitals is its variable. `.env.example` explains each to people.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import UserError
from bot.settings.data_dir import default_data_dir
from bot.settings.types import (
    DATABASE_URL_FORMATS,
    STORE_URL_FORMATS,
    ApiTokens,
    ApiUrl,
    AuditKeys,
    BackupKey,
    CollectorUrl,
    DatabaseUrl,
    DataDir,
    OsvDatabase,
    RedisUrl,
    StorageUrl,
    StoreUrl,
    WebhookSecrets,
    parse_private_key,
)


class SettingsError(UserError):
    """Some settings are wrong. `problems` has a sentence or two for each; none holds a secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        count = "One setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__(
            "\n".join([f"{count} wrong:", *(f"  {problem}" for problem in problems)]),
            "Set them in the environment or in .env (`mas setup` writes it); .env.example explains each.",
        )

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"


class LocalSettings(BaseSettings):
    """What commands need that work without a GitHub App. A description says what a right value is."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, validate_default=True
    )

    github_api_url: ApiUrl = Field(
        "https://api.github.com", description="GitHub's API: https://api.github.com, or https://HOST/api/v3"
    )
    host: str = Field("127.0.0.1", description="the address to listen on, 0.0.0.0 for all")
    port: int = Field(8000, ge=0, le=65535, description="a port, 1 to 65535, or 0 for any free one")
    mas_data_dir: DataDir = Field(
        default_factory=default_data_dir, description="the folder for mirrors and the database"
    )
    database_url: DatabaseUrl = Field(
        default_factory=lambda said: SecretStr(f"sqlite:///{said['mas_data_dir'] / 'mas.db'}"),
        description=DATABASE_URL_FORMATS,
    )
    store_url: StoreUrl = Field(
        default_factory=lambda said: said["database_url"],
        validation_alias=AliasChoices("store_url", "mongodb_uri"),
        description=STORE_URL_FORMATS,
    )
    redis_url: RedisUrl = Field(SecretStr(""), description="redis://:PASSWORD@HOST:6379/0, rediss://… or unset")
    mas_workers: int = Field(4, ge=1, le=64, description="how many jobs run at once, 1 to 64")
    mas_quiet_seconds: float = Field(
        20, ge=0, le=600, description="how long a branch must be quiet after a burst of pushes, in seconds, 0 to 600"
    )
    mas_api_tokens: ApiTokens = Field(
        (), description="TOKEN=SCOPE with semicolons between; a scope is *, or installations' numbers and owner/name"
    )
    mas_audit_key: AuditKeys = Field(
        (), description="what seals the audit logs; two with a comma between while you change it"
    )
    mas_backup_key: BackupKey = Field(
        SecretStr(""), description="what encrypts back-ups, 16 characters or more, or unset"
    )
    aws_endpoint_url: StorageUrl = Field(
        "", description="where S3-compatible storage answers, as https://HOST, or unset for Amazon's"
    )
    aws_region: str = Field(
        "us-east-1",
        validation_alias=AliasChoices("aws_region", "aws_default_region"),
        description="the region of the bucket for back-ups (also by AWS_DEFAULT_REGION)",
    )
    aws_access_key_id: SecretStr = Field(SecretStr(""), description="the id of a key for that storage, or unset")
    aws_secret_access_key: SecretStr = Field(SecretStr(""), description="the secret of that key, or unset")
    aws_session_token: SecretStr = Field(SecretStr(""), description="the token of a key for a while, or unset")
    mas_embedder: Literal["", "minilm", "openai", "none"] = Field("", description="minilm, openai or none, or unset")
    mas_embedder_weights: Path | None = Field(None, description="a folder with the embedded model's files, or unset")
    openai_api_key: SecretStr = Field(SecretStr(""), description="the key of the embedder openai, or unset")
    openai_base_url: str = Field("", description="another address that speaks OpenAI's protocol, or unset")
    mas_osv_dir: OsvDatabase = Field(None, description="the folder or zip of an OSV database, or unset")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = Field(
        "info", description="debug, info, warning or error"
    )
    otel_exporter_otlp_endpoint: CollectorUrl = Field(
        "", description="where a collector takes OTLP over HTTP, as http://127.0.0.1:4318, or unset"
    )
    log_format: Annotated[Literal["text", "json"], BeforeValidator(str.lower)] = Field(
        "text", description="text or json"
    )

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret that the settings hold, for the log to leave out."""
        return frozenset(_iter_secrets(getattr(self, name) for name in type(self).model_fields))

    @property
    def audit_keys(self) -> tuple[str, ...]:
        """What seals the audit logs, the newest first."""
        return tuple(key.get_secret_value() for key in self.mas_audit_key)

    @property
    def embedder_environment(self) -> dict[str, str]:
        """Those that name what makes the index's vectors, by their variables."""
        said = {
            "MAS_EMBEDDER": self.mas_embedder,
            "MAS_EMBEDDER_WEIGHTS": str(self.mas_embedder_weights or ""),
            "OPENAI_API_KEY": self.openai_api_key.get_secret_value(),
            "OPENAI_BASE_URL": self.openai_base_url,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def scanner_environment(self) -> dict[str, str]:
        """Those that name what a scanner needs, by their variables."""
        return {"MAS_OSV_DIR": str(self.mas_osv_dir)} if self.mas_osv_dir else {}

    @classmethod
    def load(cls, env_file: Path | None = Path(".env")) -> Self:
        """Read the settings and make the data folder (mode 0700); the environment goes before the file.

        Args:
            env_file: None where the working directory may be a stranger's, as for `mas preview`.

        Raises:
            SettingsError: some are wrong; it names them all at once.
        """
        try:
            in_file = dotenv_values(env_file, interpolate=False) if env_file else {}
            problems = cls._find_typos({name.upper() for name, value in (in_file | os.environ).items() if value})
            settings = cls(_env_file=env_file)
            settings.mas_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except ValidationError as error:
            raise SettingsError((*cls._explain(error), *problems)) from None
        except UnicodeDecodeError:
            raise SettingsError((f"{env_file} is not a text file in UTF-8.",)) from None
        except OSError as error:
            raise SettingsError((f"{error.filename}: {error.strerror}.",)) from None
        if problems:
            raise SettingsError(tuple(problems))
        return settings

    @staticmethod
    def raw_values(env_file: Path) -> dict[str, str]:
        """What the environment and the file say, by variables' names; raises as `load`."""
        try:
            in_file = dotenv_values(env_file, interpolate=False)
        except (OSError, UnicodeDecodeError):
            raise SettingsError((f"{env_file} is not a text file in UTF-8.",)) from None
        return {name.upper(): value for name, value in (in_file | os.environ).items() if value}

    @classmethod
    def _explain(cls, error: ValidationError) -> list[str]:
        said = []
        for fault in error.errors(include_url=False, include_input=False):
            name = str(fault["loc"][0])
            right = cls.model_fields[name].description
            if fault["type"] == "value_error":
                said.append(f"{name.upper()} {fault['ctx']['error']}")
            elif fault["type"] == "missing":
                said.append(f"{name.upper()} is not set: it is {right}.")
            elif fault["type"] != "default_factory_not_called":
                said.append(f"{name.upper()} is not right: it is {right}.")
        return said

    @classmethod
    def _find_typos(cls, names: set[str]) -> list[str]:
        known = {name.upper() for name in cls.model_fields}
        lacking, faults = known - names, []
        for name in sorted(names - {field.upper() for field in Settings.model_fields}):
            if name.startswith(("GITHUB_", "MAS_")):
                # 0.87 finds a letter or an underscore amiss, and none of the names that GitHub Actions sets.
                near = difflib.get_close_matches(name, lacking, n=1, cutoff=0.87)
                faults += [f"{name} is none of our variables. Did you mean {near[0]}?"] if near else []
        return faults


class AppSettings(LocalSettings):
    """What `mas worker` needs: also who we are at GitHub. Secrets show in no `repr`, log or error."""

    github_app_id: int = Field(gt=0, description="the App's number, at the top of its settings page")
    github_private_key_file: Path | None = Field(None, description="the file of the App's private key, or unset")
    github_private_key: SecretStr = Field(
        SecretStr(""), description="the App's private key: PEM, also on one line with \\n, or in base64"
    )

    @field_validator("github_private_key")
    @classmethod
    def _load_private_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        file = info.data.get("github_private_key_file")
        if value.get_secret_value() and file:
            raise ValueError("and GITHUB_PRIVATE_KEY_FILE are both set. Set one of them.")
        if not value.get_secret_value() and not file:
            raise ValueError("is not set, nor is GITHUB_PRIVATE_KEY_FILE: make a key on the App's settings page.")
        try:
            text = file.expanduser().read_text() if file else value.get_secret_value()
        except (OSError, UnicodeDecodeError):
            raise ValueError(
                f"cannot be read from {file}. Check GITHUB_PRIVATE_KEY_FILE and its permissions."
            ) from None
        return SecretStr(parse_private_key(text))


class WebhookSettings(LocalSettings):
    """What `mas serve --no-worker` needs: also how GitHub signs, and never the App's key."""

    github_webhook_secret: WebhookSecrets = Field(
        description="the App's webhook secret; two with a comma between while you change it"
    )


class Settings(WebhookSettings, AppSettings):
    """All settings: what `mas serve` needs, which does both."""


def _iter_secrets(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, tuple):
            yield from _iter_secrets(value)
