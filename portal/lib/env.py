"""Where the portal's settings come from: the environment, and keys kept below the state folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env

env = Env()


def state_folder(base: Path) -> Path:
    """Return the folder of all state: PULIH_VAR, or var/ beside manage.py."""
    return Path(env.str("PULIH_VAR", default=str(base / "var"))).resolve()


def kept_secret(path: Path) -> str:
    """Return the secret that `path` keeps, making it (mode 0600) the first time.

    Two processes that start at once agree: whoever links its file first wins.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address: what Content-Security-Policy names."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
