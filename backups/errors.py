"""The one error family of the backups room.

Each error speaks to the operator at 2 a.m.: `str(error)` says what failed and on what,
`advice` says what to do next. `permanent` decides whether trying again by itself makes sense.
"""


class BackupError(Exception):
    """Expected trouble. A job that meets one ends as FAILED, never as a crash."""

    permanent = False
    default_advice = "Try again; if it stays, run: manage.py doctor"

    def __init__(self, message: str, *, advice: str = "") -> None:
        """`message`: one sentence, what failed on what. `advice`: one sentence, what to do."""
        super().__init__(message)
        self.advice = advice or self.default_advice


class Cancelled(BackupError):
    """A person asked for the work to stop."""

    permanent = True
    default_advice = "Nothing is left behind; start it again whenever you like."


class SourceUnreachable(BackupError):
    """The host, socket or path does not answer."""

    default_advice = "Check that the server runs and that this machine may reach it."


class SourceRefused(BackupError):
    """The source answered and said no: wrong password, no rights, no such database."""

    permanent = True
    default_advice = "Correct the source's address or credential, then test the connection."


class DumpFailed(BackupError):
    """The dump tool ended badly, or what it wrote is not whole."""


class ProofFailed(BackupError):
    """What was loaded is not what the backup recorded."""

    permanent = True
    default_advice = "Use another night, and run: manage.py check_vaults --read-data"


class RestoreFailed(BackupError):
    """A restore could not be carried out; live is what it was before."""

    permanent = True
    default_advice = "Live data were not touched. Mend the cause, then order the restore anew."


class TargetAway(BackupError):
    """A target fell silent in the middle of a restore: whether old or new is live, it alone knows.

    No end of a job: its row waits, and the target is asked again every minute.
    """

    default_advice = "Start that server; the restore is then ended or taken back by itself."


class SafetyCopyFailed(BackupError):
    """What is live could not be backed up first, so it was not replaced."""

    permanent = True


class OrderRefused(BackupError):
    """What was asked for cannot be ordered now; nothing was begun."""

    permanent = True
    default_advice = "Look at the source's restores, then order again."


class PlanVoid(BackupError):
    """The target is not what it was when the restore was planned."""

    permanent = True
    default_advice = "Look at the target again and plan anew; nothing was touched."


class TargetBusy(BackupError):
    """The target is being restored just now, so what it holds says nothing of later."""

    default_advice = "Look again once that restore is over."


class VersionMismatch(BackupError):
    """The server is newer than the client tools of this machine."""

    permanent = True
    default_advice = "Install the client tools of the server's major version."


class NoSpace(BackupError):
    """A disk is full, or would be."""

    default_advice = "Free space on that disk; earlier copies were kept."


class ToolMissing(BackupError):
    """A program that this work needs is not installed."""

    permanent = True
    default_advice = "Install it with the line that manage.py doctor prints."


class RepositoryError(BackupError):
    """A vault's repository failed."""


class RepositoryMissing(RepositoryError):
    """There is no repository where one is expected."""

    permanent = True
    default_advice = "Check that the vault is mounted; a lost repository is made anew only by hand."


class RepositoryLocked(RepositoryError):
    """Another process of another machine holds the repository."""


class WrongRepositoryPassword(RepositoryError):
    """The repository does not open with the password that the portal keeps for it."""

    permanent = True
    default_advice = "Bring back the key from the emergency sheet; make no new repository over it."


class RepositoryDamaged(RepositoryError):
    """Bytes in the repository are not what was stored. `packs`: in which of its files, if known."""

    permanent = True
    packs: tuple[str, ...] = ()
    default_advice = "Run manage.py check_vaults --read-data; the other vault still has its copies."
