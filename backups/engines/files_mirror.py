"""A remote folder, mirrored by rsync over SSH into a folder of our own that stays.

The server's own key is remembered in `known_hosts` beside our private key when it is met first;
another one later is refused. An ordinary user here cannot give files away: then the mirror keeps
no owners and is made readable to us; as root it keeps owners by number. POSIX ACLs and `user.`
attributes are kept. A file of the same size and mtime, to the nanosecond, counts as unchanged.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backups.engines.files_mirror_errors import why
from backups.engines.files_names import encode_name
from backups.engines.files_patterns import Excludes
from backups.errors import BackupError, NoSpace, SourceRefused
from backups.process import HOUR, find_tool, run
from backups.specs import SourceSpec, Watch

CONNECT_SECONDS = 10
SILENCE_SECONDS = 300  # rsync gives up after this long without a byte
LONGEST = 48 * HOUR
VANISHED = 24  # rsync's exit code when files went away under it and all else was done
KEEPING = (
    "--archive",
    "--hard-links",
    "--acls",
    "--xattrs",
    "--filter=-x! user.*",  # other attributes, as SELinux's, are the other machine's business
    "--numeric-ids",
    "--sparse",
    "--one-file-system",
    "--delete",
    "--delete-excluded",
    "--partial",
    "--modify-window=-1",  # compare times to the nanosecond: two saves fit into one second
    "--info=progress2",
    "--no-human-readable",
    "--outbuf=L",
)
_ADDRESS = re.compile(
    r"(?P<login>([^@:\s-][^@:\s]*@)?(\[[0-9A-Fa-f:.]+\]|[^@:\[\]\s-][^@:\[\]\s]*))"
    r"(:(?P<port>\d{1,5}))?"
)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+@%,=-]*")
_GLOB = re.compile(r"([\\*?\[])")
_METER = re.compile(r"\s*(\d+)\s+\d+%\s")
_MOUNT = re.compile(rb"^\S+ (\S+) ", re.MULTILINE)
_OCTAL = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Remote:
    """A folder elsewhere and how to reach it. Raises SourceRefused when that cannot be read."""

    login: str
    port: str
    path: str
    key_file: str

    @classmethod
    def of(cls, spec: SourceSpec) -> Remote:
        address = _ADDRESS.fullmatch(spec.ssh)
        if not address:
            raise SourceRefused(
                f"{spec.name}: {spec.ssh!r} is not an SSH address.",
                advice="Write it as USER@HOST or USER@HOST:PORT.",
            )
        if not spec.path.startswith("/"):
            raise SourceRefused(f"{spec.name}: {spec.path!r} is not a full path.")
        if spec.ssh_key_file and not os.access(spec.ssh_key_file, os.R_OK):
            raise SourceRefused(f"{spec.name}: the SSH key {spec.ssh_key_file} cannot be read.")
        return cls(address["login"], address["port"] or "22", spec.path, spec.ssh_key_file)

    def ssh(self) -> tuple[str, ...]:
        """Return ssh with all its options: asking nobody, waiting for nobody."""
        options = [
            "BatchMode=yes",
            f"ConnectTimeout={CONNECT_SECONDS}",
            "ServerAliveInterval=15",
            "ServerAliveCountMax=4",
            "StrictHostKeyChecking=accept-new",
            "ClearAllForwardings=yes",
            "LogLevel=ERROR",
        ]
        if self.key_file:
            known = Path(self.key_file).with_name("known_hosts")
            options += ["IdentitiesOnly=yes", f"IdentityFile={_ssh_path(self.key_file)}"]
            options += [f"UserKnownHostsFile={_ssh_path(str(known))}"]
        return ("ssh", "-p", self.port, *(word for option in options for word in ("-o", option)))

    @property
    def host(self) -> str:
        """Return USER@HOST as ssh itself takes it."""
        return self.login.replace("[", "").replace("]", "")

    def rsync(self, *arguments: str) -> tuple[str, ...]:
        """Return rsync reading what is in the folder; a target may follow."""
        return (*self._rsync(arguments), self._place())

    def rsync_to(self, origin: str, *arguments: str) -> tuple[str, ...]:
        """Return rsync writing what is in `origin` here into the folder, which must be there."""
        return (*self._rsync(arguments), origin, self._place())

    def _rsync(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        door = " ".join(f'"{word.replace(chr(34), chr(34) * 2)}"' for word in self.ssh())
        # Odd paths travel by rsync's own protocol, past the remote shell, on every version. Plain
        # ones need not, and keys that are tied to `rrsync` can then be used.
        odd = () if _PLAIN_PATH.fullmatch(self.path) else ("--protect-args",)
        return ("rsync", *arguments, *odd, f"--timeout={SILENCE_SECONDS}", "-e", door, "--")

    def _place(self) -> str:
        return f"{self.login}:{_unglobbed(self.path.rstrip('/'))}/"


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What came of mirroring: the bytes fetched, and warnings."""

    fetched: int = 0
    warnings: tuple[str, ...] = ()


NOT_MIRRORED = Mirrored()


def ask(spec: SourceSpec, excludes: Excludes) -> tuple[str, ...]:
    """List the remote folder; return warnings. Raises as `mirror` does."""
    remote = Remote.of(spec)
    find_tool("ssh")
    done = run(remote.rsync("--list-only", "--dirs"), timeout=SILENCE_SECONDS)
    if not done.ok:
        raise why(spec, done)
    return _mounts_below(remote, excludes)


def mirror(
    spec: SourceSpec, tree: Path, excludes: Excludes, watch: Watch, expected: int | None
) -> Mirrored:
    """Make the folder `tree` what the remote folder is.

    `tree` stands in a folder closed to others, whatever modes it copies. `expected` bytes must
    be free when there is no mirror yet. Raises SourceUnreachable, SourceRefused, NoSpace,
    ToolMissing, DumpFailed or Cancelled; what was fetched until then stays for the next try.
    """
    remote = Remote.of(spec)
    find_tool("ssh")
    _make_room(spec, tree, expected)
    readable = () if is_root() else ("--chmod=Du+rwx,Fu+r", "--no-owner", "--no-group")
    rules = tuple(f"--filter={rule}" for rule in excludes.rsync())
    argv = (*remote.rsync(*KEEPING, *readable, *rules), f"{tree}/")
    meter = Meter(watch)
    done = run(argv, timeout=LONGEST, watch=watch, on_line=meter, meter=True)
    if done.returncode == VANISHED:
        watch.note(f"Vanished while it was mirrored: {done.stderr.splitlines()[0]}")
    elif not done.ok:
        raise why(spec, done)
    if not is_root():
        watch.note("The mirror keeps no owners: this portal is not run by root.")
    return Mirrored(meter.fetched, _mounts_below(remote, excludes))


def _make_room(spec: SourceSpec, tree: Path, expected: int | None) -> None:
    tree.parent.mkdir(parents=True, exist_ok=True)
    tree.parent.chmod(0o700)
    free = shutil.disk_usage(tree.parent).free
    if expected and expected > free and not tree.exists():
        raise NoSpace(
            f"{spec.name}: its mirror needs {expected:,} bytes in {tree.parent}; {free:,} are free."
        )
    tree.mkdir(exist_ok=True)


class Meter:
    """Hears rsync's progress lines and passes on the bytes fetched so far."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.fetched = 0

    def __call__(self, line: str) -> None:
        if meter := _METER.match(line):
            self.fetched = max(self.fetched, int(meter[1]))
            self._watch.advance(self.fetched)


def _mounts_below(remote: Remote, excludes: Excludes) -> tuple[str, ...]:
    """Warn of file systems below the folder that rsync does not enter.

    Returns () too when the server does not say: no Linux, or a key that may only run rsync.
    """
    above = remote.path.rstrip("/").encode("utf-8", "surrogateescape") + b"/"
    below = (place.removeprefix(above) for place in _mounts(remote) if place.startswith(above))
    return tuple(
        f"{encode_name(path)!r} is another file system and not part of this backup."
        for path in below
        if path and not excludes.cover(path)
    )


def _mounts(remote: Remote) -> list[bytes]:
    with suppress(BackupError):
        done = run(
            (*remote.ssh(), remote.host, "cat /proc/self/mounts"), timeout=30.0, keep_all=True
        )
        return [_OCTAL.sub(_octet, place) for place in _MOUNT.findall(done.stdout.encode())]
    return []


def _octet(octal: re.Match[bytes]) -> bytes:
    return bytes([int(octal[1], 8)])


def is_root() -> bool:
    """Say whether owners can be known and given here."""
    return os.geteuid() == 0


def _ssh_path(path: str) -> str:
    """Return a path as ssh's options take it: in quotes, and `%` no token."""
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'.replace("%", "%%")


def _unglobbed(path: str) -> str:
    """Return a path that the remote rsync takes as it is: names with wildcards are its globs."""
    return "/".join(
        _GLOB.sub(r"\\\1", name) if set("*?[") & set(name) else name for name in path.split("/")
    )
