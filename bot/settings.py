"""The settings, from the environment (BOT_...) or a TOML file; every fault at once, in Chinese."""

import os
import shlex
import shutil
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from yarl import URL

from policy.toml_faults import broken_line
from storage.faults import in_words

#: Of the package: what a county's own folder overrides.
HOME = Path(__file__).resolve().parent.parent


class SettingsFault(Exception):
    """The settings cannot be used; ``sentences`` say what, where and how to mend it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Settings(BaseSettings):
    """What differs from place to place. Units stand in the names or in the text."""

    model_config = SettingsConfigDict(env_prefix="BOT_", extra="forbid", hide_input_in_errors=True)

    #: sqlite:///path, or postgresql+psycopg://user:password@host/name
    database_url: str = "sqlite:///data/xiangban.db"
    #: Must lie outside the folder of the database.
    key_file: Path = Path("data-keys/xiangban.keys")
    #: Backups (SQLite), and the heads of the audit; None: data-backups beside the data folder.
    #: Must lie outside that folder.
    backup_folder: Path | None = None
    #: For so many days the last backup of each day is kept.
    backup_days: int = Field(default=7, ge=1, le=90)
    #: host:port of the site
    listen: str = "127.0.0.1:8080"
    #: https://... when the site can be reached from outside: webhook instead of polling
    public_url: str | None = None
    telegram_token: str | None = Field(default=None, repr=False)
    #: Telegram is not to be used any more: nobody is told anything there, and whoever still writes
    #: there is led to the chat page.
    telegram_given_up: bool = False
    #: Root of the Bot API server.
    telegram_api: str = "https://api.telegram.org"
    telegram_proxy: str | None = Field(default=None, repr=False)
    #: Messages a second that the bot sends in all; Telegram bears about 30.
    telegram_pace: float = 25
    #: And to one chat; 0 switches a pace off (a Bot API server of one's own).
    telegram_chat_pace: float = 1
    #: A table (TOML) of the county's SMS gateway: docs/sms.md.
    sms: Path | None = None
    #: A county's folder: areas.xlsx, policy/*.toml, forms/*, words.toml.
    county: Path | None = None
    timezone: str = "Asia/Shanghai"
    #: A command that gets a recording on its standard input and prints the words; None: nobody
    #: writes recordings down, they are kept as they are.
    transcribe: str | None = None
    #: An address outside that is called every minute while all is well, as healthchecks has it.
    heartbeat_url: str | None = Field(default=None, repr=False)
    #: How ``bot watch`` tells the administrator: a command that gets the words on its standard
    #: input, and a Telegram chat.
    alarm_command: str | None = None
    alarm_chat: str | None = None
    #: Seconds that one turn may take before it is given up.
    turn_limit: float = 5
    #: Threads that write, PostgreSQL only.
    writers: int = 4
    #: Seconds a kept update is waited for at a stop.
    stop_within: float = 10

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65535:
            raise ValueError("要写成 主机:端口，例如 127.0.0.1:8080")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("没有这个时区，例如 Asia/Shanghai") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError(
                "要以 sqlite:/// 或 postgresql+psycopg:// 开头，例如 sqlite:///data/xiangban.db"
            )
        return value

    @field_validator("county")
    @classmethod
    def _is_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"没有 {value} 这个文件夹，请先建好，或者改正路径")
        return value

    @field_validator("sms")
    @classmethod
    def _is_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"没有 {value} 这个文件，请检查路径")
        return value

    @field_validator("heartbeat_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        try:
            url = URL(value or "")
        except ValueError:
            url = URL()
        if value and (url.scheme not in ("https", "http") or not url.host):
            raise ValueError("要写成完整的网址，例如 https://hc.example.cn/ping/…")
        return value or None

    @field_validator("alarm_chat")
    @classmethod
    def _chat(cls, value: str | None) -> str | None:
        if value and not value.removeprefix("-").isdecimal():
            raise ValueError("要写 Telegram 会话号，例如 123456789")
        return value or None

    @field_validator("transcribe", "alarm_command")
    @classmethod
    def _command(cls, value: str | None) -> str | None:
        try:
            words = shlex.split(value or "")
        except ValueError:
            raise ValueError("引号没有成对，请检查这条命令") from None
        if words and shutil.which(words[0]) is None:
            raise ValueError(f"找不到命令 {words[0]}，请写全路径，并确认它能执行")
        return value if words else None

    @field_validator("telegram_given_up")
    @classmethod
    def _leads_somewhere(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("public_url"):
            raise ValueError("停用 Telegram 以后大家要到网页上来，请先设置 BOT_PUBLIC_URL")
        return value

    @field_validator("public_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value and not value.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("要以 https:// 开头")
        return value.rstrip("/") if value else None

    @property
    def host(self) -> str:
        """The address to listen at."""
        return self.listen.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port to listen at."""
        return int(self.listen.rpartition(":")[2])

    @property
    def zone(self) -> ZoneInfo:
        """The county's time zone."""
        return ZoneInfo(self.timezone)


def cannot_listen(listen: str, error: OSError) -> SettingsFault:
    """What a person is told when the site's address is taken or is not this machine's."""
    why = in_words(os.strerror(error.errno) if error.errno else type(error).__name__)
    return SettingsFault(
        [
            f"设置 BOT_LISTEN：{listen} 用不了（{why}）。"
            "可能被别的程序占着：请停掉那个程序，或者换一个端口。"
        ]
    )


def read_settings(config: Path | None = None, **given: Any) -> Settings:
    """The settings. A value given here beats the file, the file beats the environment.

    Raises SettingsFault with one sentence for each fault.
    """
    values = {**(_from_file(config) if config else {}), **given}
    strangers = [_stranger(name) for name in sorted(os.environ) if _is_stranger(name)]
    try:
        settings = Settings(**values)
    except ValidationError as error:
        faults = [_sentence(fault, config) for fault in error.errors()]
        raise SettingsFault([*strangers, *faults]) from None
    if strangers:
        raise SettingsFault(strangers)
    return settings


def _is_stranger(name: str) -> bool:
    return name.startswith("BOT_") and name[4:].lower() not in Settings.model_fields


def _stranger(name: str) -> str:
    near = _nearest(name[4:].lower())
    cure = f"是不是要写 BOT_{near.upper()}？" if near else "请删掉它。"
    return f"环境变量 {name}：没有这项设置。{cure}"


def _from_file(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsFault([f"找不到设置文件 {config}。请检查 --config 后面的路径。"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsFault([f"设置文件 {config} {_broken_at(error)}"]) from None
    except UnicodeDecodeError:
        raise SettingsFault(
            [f"设置文件 {config} 不是 UTF-8 编码。请另存为 UTF-8 再试。"]
        ) from None
    except OSError as error:
        raise SettingsFault(
            [f"打不开设置文件 {config}（{in_words(error.strerror)}）。请检查权限。"]
        ) from None


def _broken_at(error: tomllib.TOMLDecodeError) -> str:
    line = broken_line(error)
    where = f"第 {line} 行写得不对" if line else "没有写完，引号或者括号可能少了一半"
    return f'{where}。每行写成 名字 = "内容"，例如 listen = "127.0.0.1:8080"。'


def _sentence(fault: Any, config: Path | None) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    where = f"设置文件 {config} 的 {name}" if config else f"设置 BOT_{name.upper()}"
    match fault["type"]:
        case "extra_forbidden":
            near = _nearest(name)
            cure = f"是不是要写 {near}？" if near else "请删掉它。"
            return f"{where}：没有这项设置。{cure}"
        case "value_error":
            return f"{where}：{fault['ctx']['error']}。"
        case kind:
            wanted = _WANTED.get(kind, "值不对").format(**fault.get("ctx", {}))
            return f"{where}：{wanted}。请改正后再试。"


#: What each setting must be, by what pydantic says of it.
_WANTED = {
    "int_parsing": "要写整数，例如 7",
    "int_from_float": "要写整数，例如 7",
    "float_parsing": "要写数，例如 2.5",
    "bool_parsing": "要写 true（是）或 false（否）",
    "bool_type": "要写 true（是）或 false（否）",
    "string_type": "要用引号括起来",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
}


def _nearest(name: str) -> str | None:
    found = get_close_matches(name, Settings.model_fields, n=1)
    return found[0] if found else None
