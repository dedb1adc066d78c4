"""What the operator may say, and what is said back when it is wrong."""

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
RIGHT = {"GITHUB_APP_ID": "42", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": SECRET}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Env:
    """Loads the settings from these variables and no others, in an empty working directory and home."""
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


class TestRight:
    def test_three_variables_are_enough_and_the_rest_has_defaults(self, env: Env, tmp_path: Path) -> None:
        settings = env(**RIGHT)

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

    def test_the_data_folder_is_made_for_its_owner_alone(self, env: Env, tmp_path: Path) -> None:
        settings = env(**RIGHT, MAS_DATA_DIR="~/data/mas")

        assert settings.mas_data_dir == tmp_path / "data/mas"
        assert stat.S_IMODE(settings.mas_data_dir.stat().st_mode) == 0o700

    @pytest.mark.parametrize(
        "said",
        [PEM, PEM.replace("\n", "\\n"), f'"{PEM}"', base64.b64encode(PEM.encode()).decode(), PEM.replace("\n", "\r\n")],
        ids=["PEM", "one line", "quoted", "base64", "Windows line ends"],
    )
    def test_the_private_key_is_read_however_it_is_written(self, env: Env, said: str) -> None:
        key = env(**{**RIGHT, "GITHUB_PRIVATE_KEY": said}).github_private_key.get_secret_value()

        assert key.split() == PEM.split()

    def test_the_private_key_comes_from_a_file(self, env: Env, tmp_path: Path) -> None:
        (tmp_path / "key.pem").write_text(PEM)

        settings = env(**{**RIGHT, "GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": "~/key.pem"})
        assert settings.github_private_key.get_secret_value() == PEM.strip()

    def test_two_secrets_stand_side_by_side_while_one_is_changed(self, env: Env) -> None:
        settings = env(**{**RIGHT, "GITHUB_WEBHOOK_SECRET": f"{SECRET}, {OLD_SECRET}"})

        assert [secret.get_secret_value() for secret in settings.github_webhook_secret] == [SECRET, OLD_SECRET]

    @pytest.mark.parametrize(
        "url",
        ["https://github.acme.example/api/v3/", "http://127.0.0.1:3000/api/v3", "http://localhost:3000/api/v3",
         "http://[::1]:3000/api/v3", "https://api.acme.ghe.com"],
    )  # fmt: skip
    def test_other_githubs_have_other_addresses(self, env: Env, url: str) -> None:
        assert env(**RIGHT, GITHUB_API_URL=url).github_api_url == url.rstrip("/")

    def test_the_environment_goes_before_the_file(self, env: Env) -> None:
        Path(".env").write_text("PORT=1111\nLOG_LEVEL=DEBUG\nSOMEBODY_ELSES=x\n")

        settings = env(**RIGHT, PORT="2222")
        assert (settings.port, settings.log_level) == (2222, "debug")

    def test_a_command_without_an_app_needs_none_of_it_and_reads_no_strangers_file(self, env: Env) -> None:
        Path(".env").write_text("PORT=none of ours\nMAS_DATA_DIR=elsewhere\n")

        assert LocalSettings.load(env_file=None).mas_data_dir == default_data_dir().expanduser()
        assert not Path("elsewhere").exists()

    def test_no_secret_shows_in_what_is_printed(self, env: Env) -> None:
        shown = repr(env(**RIGHT, DATABASE_URL="postgresql://mas:hunter2@db/mas"))

        assert "PRIVATE KEY" not in shown
        assert SECRET not in shown
        assert "hunter2" not in shown


class TestWrong:
    def test_everything_that_is_wrong_is_said_at_once_by_its_variables_name(self, env: Env) -> None:
        said = problems(env, GITHUB_API_URL="ftp://x", PORT="eighty", MAS_WORKERS="0", LOG_LEVEL="loud")

        names = [problem.split()[0] for problem in said]
        assert names == [
            "GITHUB_API_URL", "PORT", "MAS_WORKERS", "LOG_LEVEL", "GITHUB_APP_ID", "GITHUB_PRIVATE_KEY",
            "GITHUB_WEBHOOK_SECRET",
        ]  # fmt: skip

    def test_it_reads_as_sentences_with_the_remedy_last(self, env: Env) -> None:
        with pytest.raises(SettingsError) as caught:
            env(**{**RIGHT, "GITHUB_APP_ID": "my-app"}, PORT="99999")

        assert str(caught.value) == (
            "2 settings are wrong:\n"
            "  PORT is not right: it is a port, 1 to 65535, or 0 for any free one.\n"
            "  GITHUB_APP_ID is not right: it is the App's number, at the top of its settings page.\n"
            "Set them in the environment or in .env (`mas setup` writes it); .env.example explains each."
        )

    @pytest.mark.parametrize("secret", ["short", f"{SECRET},", f"{SECRET},short", ",", "  "])
    def test_a_short_or_empty_webhook_secret_is_refused_and_not_repeated(self, env: Env, secret: str) -> None:
        (said,) = problems(env, **{**RIGHT, "GITHUB_WEBHOOK_SECRET": secret})

        assert said.startswith("GITHUB_WEBHOOK_SECRET holds a secret of under 16 characters")
        assert "short" not in said.replace("a secret of under", "")
        assert SECRET not in said

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            ("not a key", "cannot be read|can be read"),
            (PEM[:200], "can be read"),
            (pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        ],
        ids=["no key", "cut off", "another kind"],
    )
    def test_a_key_that_is_none_is_refused_and_not_repeated(self, env: Env, key: str, said: str) -> None:
        (problem,) = problems(env, **{**RIGHT, "GITHUB_PRIVATE_KEY": key})

        assert re.match(f"GITHUB_PRIVATE_KEY is .*({said})", problem)
        assert key not in problem

    def test_a_key_file_that_is_not_there_is_named(self, env: Env) -> None:
        said = problems(env, **{**RIGHT, "GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": "gone.pem"})

        assert said == (
            "GITHUB_PRIVATE_KEY cannot be read from gone.pem. Check GITHUB_PRIVATE_KEY_FILE and its permissions.",
        )

    def test_a_key_and_a_key_file_at_once_are_one_too_many(self, env: Env) -> None:
        (said,) = problems(env, **RIGHT, GITHUB_PRIVATE_KEY_FILE="key.pem")

        assert said.startswith("GITHUB_PRIVATE_KEY and GITHUB_PRIVATE_KEY_FILE are both set.")

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("http://api.github.com", "https://"),
            ("http://127.0.0.1.evil.example/api/v3", "https://"),
            ("https://github.com", "not an API's address"),
            ("https://github.acme.example", "not an API's address"),
            ("https://user:hunter2@github.acme.example/api/v3", "not a plain URL"),
            ("https://[half/api/v3", "not a plain URL"),
            ("https://github.acme.example:99999/api/v3", "not a plain URL"),
        ],
    )
    def test_an_address_that_is_no_githubs_api_is_refused(self, env: Env, url: str, said: str) -> None:
        (problem,) = problems(env, **RIGHT, GITHUB_API_URL=url)

        assert problem.startswith("GITHUB_API_URL ")
        assert said in problem
        assert "hunter2" not in problem

    def test_a_database_that_we_do_not_use_is_refused_and_its_password_not_repeated(self, env: Env) -> None:
        (said,) = problems(env, **RIGHT, DATABASE_URL="mysql://mas:hunter2@db/mas")

        assert said.startswith("DATABASE_URL names no database that we use.")
        assert "hunter2" not in said

    def test_a_wrong_data_folder_does_not_hide_what_else_is_wrong(self, env: Env, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        port, folder = problems(env, **RIGHT, MAS_DATA_DIR=str(tmp_path / "file" / "data"), PORT="eighty")
        assert port.startswith("PORT ")
        assert folder == f"MAS_DATA_DIR cannot be used: {tmp_path}/file is not a folder."

    def test_a_data_folder_where_one_may_not_write_is_named(
        self, env: Env, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)  # for root may write anywhere

        (said,) = problems(env, **RIGHT, MAS_DATA_DIR="new/data")
        assert said == f"MAS_DATA_DIR cannot be used: this user may not write into {tmp_path}."

    def test_without_a_home_the_data_folder_is_to_be_set(self, env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_such_user(uid: int) -> None:
            raise KeyError(uid)

        monkeypatch.delenv("HOME")
        monkeypatch.setattr(pwd, "getpwuid", no_such_user)

        said = problems(env, **RIGHT)
        assert said == ("MAS_DATA_DIR is to be set: this user has no home folder to take one in.",)

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("sqlite:///", "names no file."),
            ("sqlite:///?timeout=1", "names no file."),
            ("postgresql://mas:hunter2@db:none/mas", "is not a URL."),
        ],
    )
    def test_a_database_url_that_leads_nowhere_is_told_with_the_rest(self, env: Env, url: str, said: str) -> None:
        port, database = problems(env, **RIGHT, DATABASE_URL=url, PORT="eighty")

        assert port.startswith("PORT ")
        assert database.startswith(f"DATABASE_URL {said}")
        assert "hunter2" not in database

    def test_a_password_may_hold_what_would_end_a_part_of_another_url(self, env: Env) -> None:
        assert env(**RIGHT, DATABASE_URL="postgresql://mas:p#a[s]s@db/mas").database_url

    @pytest.mark.parametrize(
        ("said", "stands"),
        [
            ({}, "the database"),
            ({"STORE_URL": "mongodb+srv://mas:p%40ss@cluster/mas"}, "mongodb+srv://mas:p%40ss@cluster/mas"),
            ({"MONGODB_URI": "mongodb://db/mas"}, "mongodb://db/mas"),
            ({"MONGODB_URI": "mongodb://db/mas", "STORE_URL": "sqlite:///mas.db"}, "sqlite:///mas.db"),
        ],
    )
    def test_the_store_is_the_database_unless_told(self, env: Env, said: dict[str, str], stands: str) -> None:
        settings = env(**RIGHT, **said)

        url = settings.store_url.get_secret_value()
        assert ("the database" if url == settings.database_url.get_secret_value() else url) == stands

    @pytest.mark.parametrize("name", ["STORE_URL", "MONGODB_URI"])
    def test_a_store_url_of_no_database_that_we_use_is_told(self, env: Env, name: str) -> None:
        (said,) = problems(env, **RIGHT, **{name: "mysql://mas:hunter2@db/mas"})

        assert said.startswith("STORE_URL names no database that we use. Use sqlite:///FILE, postgresql://")
        assert "MONGODB_URI" in said
        assert "hunter2" not in said

    def test_a_redis_of_another_scheme_is_told(self, env: Env) -> None:
        (said,) = problems(env, **RIGHT, REDIS_URL="http://:hunter2@db")
        assert said.startswith("REDIS_URL is no URL of Redis.")
        assert "hunter2" not in said

    def test_a_queue_in_mongodb_is_refused(self, env: Env) -> None:
        (said,) = problems(env, **RIGHT, DATABASE_URL="mongodb://db/mas")
        assert said.startswith("DATABASE_URL names no database that we use.")

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("GITHUB_APPID", "GITHUB_APP_ID"),
            ("GITHUB_PRIVATEKEY", "GITHUB_PRIVATE_KEY"),
            ("GITHUB_WEBHOOK_SECRETS", "GITHUB_WEBHOOK_SECRET"),
            ("MAS_WORKER", "MAS_WORKERS"),
        ],
    )
    def test_a_misspelt_variable_is_answered_with_the_right_one(self, env: Env, name: str, meant: str) -> None:
        variables = {k: v for k, v in RIGHT.items() if k != meant}

        assert f"{name} is none of our variables. Did you mean {meant}?" in problems(env, **variables, **{name: "7"})

    def test_a_misspelt_variable_in_the_file_is_found_too(self, env: Env) -> None:
        Path(".env").write_text("MAS_DATADIR=/srv/mas\n")

        assert problems(env, **RIGHT) == ("MAS_DATADIR is none of our variables. Did you mean MAS_DATA_DIR?",)

    def test_what_github_actions_sets_is_not_taken_for_a_slip(self, env: Env) -> None:
        names = ["ACTION", "ACTIONS", "ACTOR_ID", "BASE_REF", "ENV", "EVENT_PATH", "GRAPHQL_URL", "JOB", "PATH", "REF"]
        names += ["REPOSITORY_ID", "RUN_ID", "SERVER_URL", "SHA", "STEP_SUMMARY", "TOKEN", "WORKFLOW", "WORKSPACE"]

        assert env(**RIGHT, **{f"GITHUB_{name}": "x" for name in names}).github_app_id == 42

    def test_an_env_file_that_is_no_text_is_said_so(self, env: Env) -> None:
        Path(".env").write_bytes(b"\xff\xfe")

        assert problems(env, **RIGHT) == (".env is not a text file in UTF-8.",)


def test_the_example_explains_every_variable_and_no_other() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()

    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
