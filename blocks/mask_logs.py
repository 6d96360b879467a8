"""What a block holds as secret is masked in logs: on the terminal, and in those that Prefect keeps."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

from model.masking import masked, remember_secret

_formatter = logging.Formatter()


def mask_secrets_of(block: BaseModel) -> None:
    """Remembers the secrets of the block and of those inside it, and masks them in every log from here on."""
    for secret in _secrets(block):
        remember_secret(secret)
    for name in ("", "prefect", "prefect.flow_runs", "prefect.task_runs"):
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(one, _MaskSecrets) for one in handler.filters):
                handler.addFilter(_MaskSecrets())


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for _, inner in value:
            yield from _secrets(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _secrets(inner)


class _MaskSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if (shown := masked(text)) != text:
            record.msg, record.args = shown, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = masked(_formatter.formatException(record.exc_info))
        return True
