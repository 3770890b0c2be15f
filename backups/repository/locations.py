"""Where repositories live: a folder or any restic URL, joined, shown and reached safely.

The kinds of URL are those of restic's `internal/backend/location`; everything else is a folder.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from backups.errors import RepositoryError

KINDS = ("local", "sftp", "s3", "rest", "rclone", "b2", "azure", "gs", "swift")
SSH_KEY_FILE = "SSH_KEY_FILE"  # in a vault's environment: the private key for its sftp host
SSH_OPTIONS = (
    "BatchMode=yes",
    "ConnectTimeout=15",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
    "StrictHostKeyChecking=accept-new",
    "ClearAllForwardings=yes",
    "LogLevel=ERROR",
)

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_URL = re.compile(rf"({'|'.join(KINDS)}):(.*)", re.DOTALL)
_URL_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):[^@\s]*@")
_SSH_TARGET = re.compile(r"(?:(?P<user>[^@/]+)@)?(?P<host>[^:/@\[-][^:/@]*):")


def is_url(location: str) -> bool:
    """Return True for a restic URL (`sftp:…`, `s3:…`), False for a plain folder."""
    return _URL.match(location) is not None


def location_for(vault_location: str, key: str) -> str:
    """Return where one source's repository lives in a vault: its own folder below the vault.

    Raises RepositoryError for a key that could climb out and for a folder that is not absolute.
    """
    if not _KEY.fullmatch(key):
        raise RepositoryError(f"{key!r} cannot be the name of a repository's folder.")
    if not is_url(vault_location) and not vault_location.startswith("/"):
        raise RepositoryError(f"The vault's folder {vault_location!r} is not absolute.")
    bucket_alone = re.fullmatch(r"(b2|azure|gs|swift):[^:]*", vault_location)
    if bucket_alone:
        return f"{vault_location}:{key}"
    return vault_location + ("" if vault_location.endswith(("/", ":")) else "/") + key


def shown(text: str) -> str:
    """Return a location, or a text with locations in it, without the passwords of its URLs."""
    return _URL_PASSWORD.sub(r"\1:***@", text)


def folder_of(location: str) -> Path | None:
    """Return the folder of a repository on this machine; None when it lives elsewhere."""
    if location.startswith("local:"):
        return Path(location.removeprefix("local:"))
    return None if is_url(location) else Path(location)


def by_ssh(location: str) -> bool:
    """Return True for a location that restic reaches with the help of ssh."""
    return location.startswith("sftp:")


def ssh_command(location: str, environment: Mapping[str, str], log: Path) -> str:
    """Return the command that reaches an sftp location; what ssh has to say goes into `log`.

    restic's own would wait for a silent host for ever. A key that the vault's environment names
    as SSH_KEY_FILE is used alone, and hosts are remembered in `known_hosts` beside it.
    Raises RepositoryError when the location names no host.
    """
    user, host, port = _ssh_target(location.removeprefix("sftp:"))
    options = [*SSH_OPTIONS]
    if key_file := environment.get(SSH_KEY_FILE):
        known_hosts = Path(key_file).with_name("known_hosts")
        options += ["IdentitiesOnly=yes", f"IdentityFile={_ssh_path(key_file)}"]
        options += [f"UserKnownHostsFile={_ssh_path(str(known_hosts))}"]
    options += [f"Port={port}"] if port else []
    options += [f"User={user}"] if user else []
    told = (f"-o{option}" for option in options)
    return shlex.join(["ssh", "-E", str(log), *told, "-s", "--", host, "sftp"])


def _ssh_target(rest: str) -> tuple[str | None, str, int | None]:
    """Return user, host and port of `//user@host:port/path` or `user@host:path`."""
    if rest.startswith("//"):
        url = urlsplit(f"sftp:{rest}")
        if url.hostname and not url.hostname.startswith("-"):
            return url.username, url.hostname, url.port
    elif target := _SSH_TARGET.match(rest):
        return target["user"], target["host"], None
    raise RepositoryError(f"The location {shown(f'sftp:{rest}')!r} names no host.")


def _ssh_path(path: str) -> str:
    """Return a path as ssh's options take it: in quotes, and `%` no token."""
    quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{quoted}"'
