"""Settings: the environment, read once and frozen. Only `app.py` and `cli.py` read them."""

from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_PORTS = {"http": 80, "https": 443}


def _or_host(name: str) -> AliasChoices:
    """Our own name first, then the plain one that hosting services set."""
    return AliasChoices(f"FIELDCUE_{name}", name)


class Settings(BaseSettings):
    """Each setting is an environment variable `FIELDCUE_…`; four are also known by their plain names."""

    model_config = SettingsConfigDict(
        env_prefix="FIELDCUE_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(validation_alias=_or_host("PORT"))] = 8000
    public_url: Annotated[str, Field(validation_alias=_or_host("PUBLIC_URL"))] = ""
    data_dir: Path = Path("data")
    database_url: Annotated[str, Field(validation_alias=_or_host("DATABASE_URL"))] = ""
    redis_url: Annotated[str, Field(validation_alias=_or_host("REDIS_URL"))] = ""
    blobs_url: str = ""
    forwarded_allow_ips: str = ""
    tls: bool = False
    host_name: str = ""
    trust_port: int = 0
    dev: bool = False
    log_level: str = "INFO"
    ping_seconds: float = 20
    silence_seconds: float = 45
    poll_seconds: float = 2
    webhook_private: str = ""
    metrics_token: str = ""

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port that browsers must come from, written as they write it (RFC 6454, 6.2)."""
        if not self.public_url:
            # Listening everywhere is no address; without a certificate only this machine itself can sign in.
            host = "127.0.0.1" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
            return _origin("http", host.strip("[]"), self.port)
        parts = urlsplit(self.public_url)
        return _origin(parts.scheme, parts.hostname or "", parts.port)

    @cached_property
    def database(self) -> str:
        """SQLAlchemy URL; an SQLite file in the data folder unless one is named."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'fieldcue.db'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
            "postgres://", "postgresql+psycopg://", 1
        )

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over https, so that cookies may be `__Host-` and `Secure`."""
        return self.origin.startswith("https://")


def _origin(scheme: str, host: str, port: int | None) -> str:
    name = host.lower() if host.isascii() else host.encode("idna").decode()
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme}://{shown}" + (f":{port}" if port not in {None, _PORTS.get(scheme)} else "")
