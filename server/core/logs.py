"""Structured logs: one JSON object a line, without secrets."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

# Whatever looks like a secret of ours: bearer tokens, passwords and keys, cookies, personal links, database addresses.
_SECRETS = (
    re.compile(r"(?i)(bearer\s+)[^\s\"',}]+"),
    re.compile(r"(?i)((?:secret|password|token|key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"),
    re.compile(r"(?i)(cookie[\"']?\s*[=:]\s*[\"']?)[^\"'\n]+"),
    re.compile(r"(/join#)\S+"),
    re.compile(r"(whsec_)[\w+/=]+"),
    # What PostgreSQL says of a row that it refused: an e-mail address, a name.
    re.compile(r"(\nDETAIL:\s+)[^\n]+"),
    re.compile(r"(://[^\s/:@]*:)[^\s@/]+(?=@)"),
)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def redact(text: str) -> str:
    """A text with everything that looks like a secret replaced."""
    for secret in _SECRETS:
        text = secret.sub(r"\1[…]", text)
    return text


def set_up_logging(level: str, *, plain: bool = False) -> None:
    """Log to standard error from now on; `plain` for people at a terminal."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(levelname)s %(name)s: %(message)s") if plain else JsonFormatter()
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("alembic", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
