"""The operator's settings, and the messages for invalid ones."""

from __future__ import annotations

import base64
import os
import pwd
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.settings.data_dir import default_data_dir
from bot.settings.model import LocalSettings, Settings, SettingsError

Env = Callable[..., Settings]


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


PEM = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
SECRET = "0123456789abcdef-secret"
OLD_SECRET = "fedcba9876543210-secret"
VALID = {"GITHUB_APP_ID": "42", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": SECRET}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Env:
    """Load the settings from these variables only, in an empty working directory and home."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))

    def load(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Settings.load()

    return load


def problems(env: Env, **variables: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        env(**variables)
    return caught.value.problems


class TestValid:
    def test_three_variables_are_required_and_the_others_have_defaults(self, env: Env, tmp_path: Path) -> None:
        settings = env(**VALID)

        assert settings.github_app_id == 42
        assert settings.github_api_url == "https://api.github.com"
        assert (settings.host, settings.port, settings.mas_workers, settings.log_level) == (
            "127.0.0.1",
            8000,
            4,
            "info",
        )
        assert settings.mas_data_dir == default_data_dir().expanduser()
        assert settings.database_url.get_secret_value() == f"sqlite:///{settings.mas_data_dir}/mas.db"

    def test_the_data_folder_is_private_to_its_owner(self, env: Env, tmp_path: Path) -> None:
        settings = env(**VALID, MAS_DATA_DIR="~/data/mas")

        assert settings.mas_data_dir == tmp_path / "data/mas"
        assert stat.S_IMODE(settings.mas_data_dir.stat().st_mode) == 0o700

    @pytest.mark.parametrize(
        "said",
        [PEM, PEM.replace("\n", "\\n"), f'"{PEM}"', base64.b64encode(PEM.encode()).decode(), PEM.replace("\n", "\r\n")],
        ids=["PEM", "one line", "quoted", "base64", "Windows line ends"],
    )
    def test_the_private_key_is_accepted_in_each_format(self, env: Env, said: str) -> None:
        key = env(**{**VALID, "GITHUB_PRIVATE_KEY": said}).github_private_key.get_secret_value()

        assert key.split() == PEM.split()

    def test_the_private_key_is_read_from_a_file(self, env: Env, tmp_path: Path) -> None:
        (tmp_path / "key.pem").write_text(PEM)

        settings = env(**{**VALID, "GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": "~/key.pem"})
        assert settings.github_private_key.get_secret_value() == PEM.strip()

    def test_two_secrets_are_accepted_during_a_rotation(self, env: Env) -> None:
        settings = env(**{**VALID, "GITHUB_WEBHOOK_SECRET": f"{SECRET}, {OLD_SECRET}"})

        assert [secret.get_secret_value() for secret in settings.github_webhook_secret] == [SECRET, OLD_SECRET]

    @pytest.mark.parametrize(
        "url",
        ["https://github.acme.example/api/v3/", "http://127.0.0.1:3000/api/v3", "http://localhost:3000/api/v3",
         "http://[::1]:3000/api/v3", "https://api.acme.ghe.com"],
    )  # fmt: skip
    def test_github_enterprise_addresses_are_accepted(self, env: Env, url: str) -> None:
        assert env(**VALID, GITHUB_API_URL=url).github_api_url == url.rstrip("/")

    def test_the_environment_overrides_the_file(self, env: Env) -> None:
        Path(".env").write_text("PORT=1111\nLOG_LEVEL=DEBUG\nSOMEBODY_ELSES=x\n")

        settings = env(**VALID, PORT="2222")
        assert (settings.port, settings.log_level) == (2222, "debug")

    def test_local_settings_need_no_app_and_read_no_untrusted_file(self, env: Env) -> None:
        Path(".env").write_text("PORT=not a port\nMAS_DATA_DIR=elsewhere\n")

        assert LocalSettings.load(env_file=None).mas_data_dir == default_data_dir().expanduser()
        assert not Path("elsewhere").exists()

    def test_no_secret_is_in_the_repr(self, env: Env) -> None:
        shown = repr(env(**VALID, DATABASE_URL="postgresql://mas:hunter2@db/mas"))

        assert "PRIVATE KEY" not in shown
        assert SECRET not in shown
        assert "hunter2" not in shown


class TestInvalid:
    def test_all_invalid_settings_are_listed_by_variable_name(self, env: Env) -> None:
        said = problems(env, GITHUB_API_URL="ftp://x", PORT="eighty", MAS_WORKERS="0", LOG_LEVEL="loud")

        names = [problem.split()[0] for problem in said]
        assert names == [
            "GITHUB_API_URL", "PORT", "MAS_WORKERS", "LOG_LEVEL", "GITHUB_APP_ID", "GITHUB_PRIVATE_KEY",
            "GITHUB_WEBHOOK_SECRET",
        ]  # fmt: skip

    def test_the_message_lists_problems_and_ends_with_the_fix(self, env: Env) -> None:
        with pytest.raises(SettingsError) as caught:
            env(**{**VALID, "GITHUB_APP_ID": "my-app"}, PORT="99999")

        assert str(caught.value) == (
            "2 settings are missing or invalid:\n"
            "  PORT is invalid. Set it to a port from 1 to 65535, or 0 for any free one.\n"
            "  GITHUB_APP_ID is invalid. Set it to the numeric App ID from the top of the App's settings page.\n"
            "Set variables in the environment or in .env. `mas setup` creates .env; .env.example documents each one."
        )

    @pytest.mark.parametrize("secret", ["short", f"{SECRET},", f"{SECRET},short", ",", "  "])
    def test_a_short_or_empty_webhook_secret_is_rejected_and_not_repeated(self, env: Env, secret: str) -> None:
        (said,) = problems(env, **{**VALID, "GITHUB_WEBHOOK_SECRET": secret})

        assert said.startswith("GITHUB_WEBHOOK_SECRET has an empty secret, or one of fewer than 16 characters")
        assert "short" not in said
        assert SECRET not in said

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            ("not a key", "readable private key"),
            (PEM[:200], "readable private key"),
            (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
        ],
        ids=["no key", "cut off", "another kind"],
    )
    def test_an_invalid_key_is_rejected_and_not_repeated(self, env: Env, key: str, said: str) -> None:
        (problem,) = problems(env, **{**VALID, "GITHUB_PRIVATE_KEY": key})

        assert re.match(f"GITHUB_PRIVATE_KEY is .*({said})", problem)
        assert key not in problem

    def test_a_missing_key_file_is_named(self, env: Env) -> None:
        said = problems(env, **{**VALID, "GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": "gone.pem"})

        assert said == (
            "GITHUB_PRIVATE_KEY cannot be read from gone.pem. Check the path and the permissions of the file.",
        )

    def test_a_key_and_a_key_file_are_exclusive(self, env: Env) -> None:
        (said,) = problems(env, **VALID, GITHUB_PRIVATE_KEY_FILE="key.pem")

        assert said.startswith("GITHUB_PRIVATE_KEY and GITHUB_PRIVATE_KEY_FILE are both set.")

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("http://api.github.com", "https://"),
            ("http://127.0.0.1.evil.example/api/v3", "https://"),
            ("https://github.com", "not the address of an API"),
            ("https://github.acme.example", "not the address of an API"),
            ("https://user:hunter2@github.acme.example/api/v3", "not a plain URL"),
            ("https://[half/api/v3", "not a plain URL"),
            ("https://github.acme.example:99999/api/v3", "not a plain URL"),
        ],
    )
    def test_an_address_that_is_not_an_api_is_rejected(self, env: Env, url: str, said: str) -> None:
        (problem,) = problems(env, **VALID, GITHUB_API_URL=url)

        assert problem.startswith("GITHUB_API_URL ")
        assert said in problem
        assert "hunter2" not in problem

    def test_an_unsupported_database_is_rejected_and_its_password_not_repeated(self, env: Env) -> None:
        (said,) = problems(env, **VALID, DATABASE_URL="mysql://mas:hunter2@db/mas")

        assert said.startswith("DATABASE_URL is not a supported database.")
        assert "hunter2" not in said

    def test_an_invalid_data_folder_does_not_hide_other_problems(self, env: Env, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        port, folder = problems(env, **VALID, MAS_DATA_DIR=str(tmp_path / "file" / "data"), PORT="eighty")
        assert port.startswith("PORT ")
        assert folder == f"MAS_DATA_DIR cannot be used: {tmp_path}/file is not a folder. Choose another one."

    def test_an_unwritable_data_folder_is_named(
        self, env: Env, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)  # because root can write anywhere

        (said,) = problems(env, **VALID, MAS_DATA_DIR="new/data")
        assert said == f"MAS_DATA_DIR cannot be used: this user cannot write to {tmp_path}. Choose another folder."

    def test_without_a_home_the_data_folder_must_be_set(self, env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_such_user(uid: int) -> None:
            raise KeyError(uid)

        monkeypatch.delenv("HOME")
        monkeypatch.setattr(pwd, "getpwuid", no_such_user)

        said = problems(env, **VALID)
        assert said == ("MAS_DATA_DIR must be set, because this user has no home folder.",)

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("sqlite:///", "has no file name."),
            ("sqlite:///?timeout=1", "has no file name."),
            ("postgresql://mas:hunter2@db:none/mas", "is not a valid URL."),
        ],
    )
    def test_an_invalid_database_url_is_listed_with_other_problems(self, env: Env, url: str, said: str) -> None:
        port, database = problems(env, **VALID, DATABASE_URL=url, PORT="eighty")

        assert port.startswith("PORT ")
        assert database.startswith(f"DATABASE_URL {said}")
        assert "hunter2" not in database

    def test_a_password_may_contain_url_delimiters(self, env: Env) -> None:
        assert env(**VALID, DATABASE_URL="postgresql://mas:p#a[s]s@db/mas").database_url

    @pytest.mark.parametrize(
        ("variables", "expected"),
        [
            ({}, "the database"),
            ({"STORE_URL": "mongodb+srv://mas:p%40ss@cluster/mas"}, "mongodb+srv://mas:p%40ss@cluster/mas"),
            ({"MONGODB_URI": "mongodb://db/mas"}, "mongodb://db/mas"),
            ({"MONGODB_URI": "mongodb://db/mas", "STORE_URL": "sqlite:///mas.db"}, "sqlite:///mas.db"),
        ],
    )
    def test_the_store_defaults_to_the_database(self, env: Env, variables: dict[str, str], expected: str) -> None:
        settings = env(**VALID, **variables)

        url = settings.store_url.get_secret_value()
        assert ("the database" if url == settings.database_url.get_secret_value() else url) == expected

    @pytest.mark.parametrize("name", ["STORE_URL", "MONGODB_URI"])
    def test_an_unsupported_store_is_rejected(self, env: Env, name: str) -> None:
        (said,) = problems(env, **VALID, **{name: "mysql://mas:hunter2@db/mas"})

        assert said.startswith("STORE_URL is not a supported database. Use sqlite:///FILE, postgresql://")
        assert "MONGODB_URI" in said
        assert "hunter2" not in said

    def test_an_invalid_redis_scheme_is_rejected(self, env: Env) -> None:
        (said,) = problems(env, **VALID, REDIS_URL="http://:hunter2@db")
        assert said.startswith("REDIS_URL is not a Redis URL.")
        assert "hunter2" not in said

    def test_a_queue_in_mongodb_is_rejected(self, env: Env) -> None:
        (said,) = problems(env, **VALID, DATABASE_URL="mongodb://db/mas")
        assert said.startswith("DATABASE_URL is not a supported database.")

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("GITHUB_APPID", "GITHUB_APP_ID"),
            ("GITHUB_PRIVATEKEY", "GITHUB_PRIVATE_KEY"),
            ("GITHUB_WEBHOOK_SECRETS", "GITHUB_WEBHOOK_SECRET"),
            ("MAS_WORKER", "MAS_WORKERS"),
        ],
    )
    def test_a_misspelt_variable_gets_a_suggestion(self, env: Env, name: str, meant: str) -> None:
        variables = {k: v for k, v in VALID.items() if k != meant}

        assert f"Unknown variable {name}. Did you mean {meant}?" in problems(env, **variables, **{name: "7"})

    def test_a_misspelt_variable_in_the_file_gets_a_suggestion(self, env: Env) -> None:
        Path(".env").write_text("MAS_DATADIR=/srv/mas\n")

        assert problems(env, **VALID) == ("Unknown variable MAS_DATADIR. Did you mean MAS_DATA_DIR?",)

    def test_variables_of_github_actions_get_no_suggestion(self, env: Env) -> None:
        names = ["ACTION", "ACTIONS", "ACTOR_ID", "BASE_REF", "ENV", "EVENT_PATH", "GRAPHQL_URL", "JOB", "PATH", "REF"]
        names += ["REPOSITORY_ID", "RUN_ID", "SERVER_URL", "SHA", "STEP_SUMMARY", "TOKEN", "WORKFLOW", "WORKSPACE"]

        assert env(**VALID, **{f"GITHUB_{name}": "x" for name in names}).github_app_id == 42

    def test_an_env_file_that_is_not_text_is_rejected(self, env: Env) -> None:
        Path(".env").write_bytes(b"\xff\xfe")

        assert problems(env, **VALID) == (".env is not a UTF-8 text file.",)


def test_the_example_documents_exactly_the_variables() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()

    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
