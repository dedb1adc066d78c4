"""The operator's settings, from the environment and `.env` in the working directory.

A field's name in capitals is its variable. `.env.example` documents each.
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
    """Invalid settings. `problems` has one message for each; none contains a secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__(
            "\n".join([f"{count} missing or invalid:", *(f"  {problem}" for problem in problems)]),
            "Set variables in the environment or in .env. `mas setup` creates .env; .env.example documents each one.",
        )

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"


class LocalSettings(BaseSettings):
    """The settings of commands that work without a GitHub App.

    A field's description completes the sentence "Set it to …" of error messages.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, validate_default=True
    )

    github_api_url: ApiUrl = Field(
        "https://api.github.com", description="https://api.github.com, or https://HOST/api/v3"
    )
    host: str = Field("127.0.0.1", description="the address to listen on; 0.0.0.0 for all interfaces")
    port: int = Field(8000, ge=0, le=65535, description="a port from 1 to 65535, or 0 for any free one")
    mas_data_dir: DataDir = Field(default_factory=default_data_dir, description="a folder for mirrors and the database")
    database_url: DatabaseUrl = Field(
        default_factory=lambda data: SecretStr(f"sqlite:///{data['mas_data_dir'] / 'mas.db'}"),
        description=DATABASE_URL_FORMATS,
    )
    store_url: StoreUrl = Field(
        default_factory=lambda data: data["database_url"],
        validation_alias=AliasChoices("store_url", "mongodb_uri"),
        description=STORE_URL_FORMATS,
    )
    redis_url: RedisUrl = Field(SecretStr(""), description="redis://:PASSWORD@HOST:6379/0 or rediss://…, or unset it")
    mas_workers: int = Field(4, ge=1, le=64, description="the number of parallel jobs, from 1 to 64")
    mas_quiet_seconds: float = Field(
        20, ge=0, le=600, description="the seconds to wait after a burst of pushes to a branch, from 0 to 600"
    )
    mas_api_tokens: ApiTokens = Field(
        (), description="TOKEN=SCOPE, separated by semicolons; a scope is *, or installation ids and owner/name"
    )
    mas_audit_key: AuditKeys = Field(
        (), description="the key of the audit logs; during a rotation, the new and the old one, separated by a comma"
    )
    mas_backup_key: BackupKey = Field(
        SecretStr(""), description="the encryption key of backups, at least 16 characters, or unset it"
    )
    aws_endpoint_url: StorageUrl = Field(
        "", description="the address of S3-compatible storage, as https://HOST, or unset it for Amazon S3"
    )
    aws_region: str = Field(
        "us-east-1",
        validation_alias=AliasChoices("aws_region", "aws_default_region"),
        description="the region of the backup bucket (or use AWS_DEFAULT_REGION)",
    )
    aws_access_key_id: SecretStr = Field(SecretStr(""), description="the access key id for that storage")
    aws_secret_access_key: SecretStr = Field(SecretStr(""), description="the secret access key for that storage")
    aws_session_token: SecretStr = Field(SecretStr(""), description="the session token of temporary credentials")
    mas_embedder: Literal["", "minilm", "openai", "none"] = Field("", description="minilm, openai or none, or unset it")
    mas_embedder_weights: Path | None = Field(None, description="a folder with the files of the model, or unset it")
    openai_api_key: SecretStr = Field(SecretStr(""), description="the API key for MAS_EMBEDDER=openai")
    openai_base_url: str = Field("", description="the address of an OpenAI-compatible API, or unset it")
    mas_osv_dir: OsvDatabase = Field(None, description="a folder or zip file with an OSV database, or unset it")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = Field(
        "info", description="debug, info, warning or error"
    )
    otel_exporter_otlp_endpoint: CollectorUrl = Field(
        "", description="the address of an OTLP/HTTP collector, such as http://127.0.0.1:4318, or unset it"
    )
    log_format: Annotated[Literal["text", "json"], BeforeValidator(str.lower)] = Field(
        "text", description="text or json"
    )

    @property
    def secrets(self) -> frozenset[str]:
        """All secret values, to be redacted from the log."""
        return frozenset(_iter_secrets(getattr(self, name) for name in type(self).model_fields))

    @property
    def audit_keys(self) -> tuple[str, ...]:
        """The keys of the audit logs, newest first."""
        return tuple(key.get_secret_value() for key in self.mas_audit_key)

    @property
    def embedder_environment(self) -> dict[str, str]:
        """The settings of the embedder, by variable name."""
        values = {
            "MAS_EMBEDDER": self.mas_embedder,
            "MAS_EMBEDDER_WEIGHTS": str(self.mas_embedder_weights or ""),
            "OPENAI_API_KEY": self.openai_api_key.get_secret_value(),
            "OPENAI_BASE_URL": self.openai_base_url,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def scanner_environment(self) -> dict[str, str]:
        """The settings of the scanners, by variable name."""
        return {"MAS_OSV_DIR": str(self.mas_osv_dir)} if self.mas_osv_dir else {}

    @classmethod
    def load(cls, env_file: Path | None = Path(".env")) -> Self:
        """Load the settings and create the data folder (mode 0700). The environment overrides the file.

        Args:
            env_file: None if the working directory may be untrusted, as for `mas preview`.

        Raises:
            SettingsError: some settings are missing or invalid; it lists all of them.
        """
        try:
            in_file = dotenv_values(env_file, interpolate=False) if env_file else {}
            problems = cls._find_typos({name.upper() for name, value in (in_file | os.environ).items() if value})
            settings = cls(_env_file=env_file)
            settings.mas_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except ValidationError as error:
            raise SettingsError((*cls._explain(error), *problems)) from None
        except UnicodeDecodeError:
            raise SettingsError((f"{env_file} is not a UTF-8 text file.",)) from None
        except OSError as error:
            raise SettingsError((f"{error.filename}: {error.strerror}.",)) from None
        if problems:
            raise SettingsError(tuple(problems))
        return settings

    @staticmethod
    def raw_values(env_file: Path) -> dict[str, str]:
        """Return the unparsed values of the environment and the file, by variable name. Raises what `load` raises."""
        try:
            in_file = dotenv_values(env_file, interpolate=False)
        except (OSError, UnicodeDecodeError):
            raise SettingsError((f"{env_file} is not a UTF-8 text file.",)) from None
        return {name.upper(): value for name, value in (in_file | os.environ).items() if value}

    @classmethod
    def _explain(cls, error: ValidationError) -> list[str]:
        problems = []
        for detail in error.errors(include_url=False, include_input=False):
            name = str(detail["loc"][0])
            description = cls.model_fields[name].description
            if detail["type"] == "value_error":
                problems.append(f"{name.upper()} {detail['ctx']['error']}")
            elif detail["type"] == "missing":
                problems.append(f"{name.upper()} is not set. Set it to {description}.")
            elif detail["type"] != "default_factory_not_called":
                problems.append(f"{name.upper()} is invalid. Set it to {description}.")
        return problems

    @classmethod
    def _find_typos(cls, names: set[str]) -> list[str]:
        known = {name.upper() for name in cls.model_fields}
        unset, problems = known - names, []
        for name in sorted(names - {field.upper() for field in Settings.model_fields}):
            if name.startswith(("GITHUB_", "MAS_")):
                # 0.87 matches one wrong letter or underscore, and none of the variables that GitHub Actions sets.
                near = difflib.get_close_matches(name, unset, n=1, cutoff=0.87)
                problems += [f"Unknown variable {name}. Did you mean {near[0]}?"] if near else []
        return problems


class AppSettings(LocalSettings):
    """The settings of `mas worker`: adds the App's identity. Secrets never appear in `repr`, logs or errors."""

    github_app_id: int = Field(gt=0, description="the numeric App ID from the top of the App's settings page")
    github_private_key_file: Path | None = Field(None, description="the file with the App's private key")
    github_private_key: SecretStr = Field(
        SecretStr(""), description="the App's private key: PEM, PEM on one line with \\n, or base64"
    )

    @field_validator("github_private_key")
    @classmethod
    def _load_private_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        file = info.data.get("github_private_key_file")
        if value.get_secret_value() and file:
            raise ValueError("and GITHUB_PRIVATE_KEY_FILE are both set. Set only one of them.")
        if not value.get_secret_value() and not file:
            raise ValueError(
                "is not set, and neither is GITHUB_PRIVATE_KEY_FILE. Generate a key on the App's settings page."
            )
        try:
            text = file.expanduser().read_text() if file else value.get_secret_value()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"cannot be read from {file}. Check the path and the permissions of the file.") from None
        return SecretStr(parse_private_key(text))


class WebhookSettings(LocalSettings):
    """The settings of `mas serve --no-worker`: adds the webhook secret, without the App's key."""

    github_webhook_secret: WebhookSecrets = Field(
        description="the App's webhook secret; during a rotation, the new and the old one, separated by a comma"
    )


class Settings(WebhookSettings, AppSettings):
    """All settings, for `mas serve`."""


def _iter_secrets(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, tuple):
            yield from _iter_secrets(value)
