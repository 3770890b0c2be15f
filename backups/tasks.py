"""The doorbells. Each hears a primary key, makes one call, and knows nothing else.

Addressed by string only (portal.schedule, backups.orders); nobody imports this module.
"""

from __future__ import annotations

from backups import notices
from backups.jobs import (
    care,
    comparing,
    download_care,
    drill,
    nightly,
    probing,
    questions,
    restore,
    surveying,
    sweep,
    transfer,
    undo,
)
from portal.lib import clock


def open_night() -> None:
    """Midnight WIB: order every source's run (SOP, backup step 1)."""
    sweep.open_night(clock.now())


def every_minute() -> None:
    """Put right whatever a minute left undone."""
    sweep.every_minute(clock.now())


def run_backup(pk: int) -> None:
    """Carry out one run."""
    nightly.run(pk, clock.now())


def run_transfer(pk: int) -> None:
    """Pay one source's owed copies."""
    transfer.run(pk, clock.now())


def run_connection_test(pk: int) -> None:
    """Ask one source whether it is there."""
    questions.test_connection(pk, clock.now())


def run_vault_check(pk: int) -> None:
    """Check one repository."""
    care.check_vault(pk, clock.now())


def order_readings() -> None:
    """Order tonight's part of every vault's reading, and measure the vaults."""
    care.order_readings(clock.now())


def run_drill(pk: int) -> None:
    """Restore one backup into a sandbox and prove it."""
    drill.run(pk, clock.now())


def probe_systems() -> None:
    """Look at every system's page and databases once."""
    probing.probe_systems(clock.now())


def run_comparison(pk: int) -> None:
    """Compare what is live with one night."""
    comparing.run(pk, clock.now())


def run_restore(pk: int) -> None:
    """Carry out one restore."""
    restore.run(pk, clock.now())


def run_survey(pk: int) -> None:
    """Look at the target of one plan."""
    surveying.run(pk, clock.now())


def mail_download(pk: int) -> None:
    """Mail the person the link and the key of one download."""
    download_care.mail(pk, clock.now())


def tidy_downloads(_: int = 0) -> None:
    """Remove what was fetched, taken back or is over."""
    download_care.tidy(clock.now())


def run_undo(pk: int) -> None:
    """Bring back what was live before one restore."""
    undo.run(pk, clock.now())


def discard_old(pk: int) -> None:
    """Remove what one restore kept aside."""
    restore.discard_old(pk, clock.now())


def forget_comparisons() -> None:
    """Remove the rows of old comparisons."""
    comparing.forget_old(clock.now())


def order_drills() -> None:
    """Order the night's drills: what is longest unproven first."""
    drill.order_due(clock.now())


def mail_alert(pk: int) -> None:
    """Mail one alarm to the operators, once."""
    notices.mail_alert(pk, clock.now())


def morning_summary() -> None:
    """Mail what the night did."""
    notices.mail_summary(clock.now())
