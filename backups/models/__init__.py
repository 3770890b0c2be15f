"""The rows of the backups room."""

from backups.models.alert import ANOMALIES, Alert, AlertKind
from backups.models.backup_run import BackupRun, Phase, RunKind, Transfer
from backups.models.comparison import (
    ComparedObject,
    Comparison,
    ComparisonPhase,
    ObjectVerdict,
    RowPick,
)
from backups.models.download import Download, DownloadStanding
from backups.models.drill import Drill, DrillPhase
from backups.models.job import LOST_AFTER, TROUBLED, UNFINISHED, Job, JobState
from backups.models.known_object import FILE_KINDS, KnownObject, Shelf, parent_key, parts_of
from backups.models.object_version import ObjectVersion, name_key
from backups.models.reach import PlannedWork, Stretch
from backups.models.restore import (
    BEFORE_SWAP,
    TO_LIVE,
    Emergency,
    RestoreJob,
    RestorePhase,
    RestoreTarget,
    RestoreUndo,
    TouchingJob,
    being_replaced,
)
from backups.models.server import InformationSystem, Server
from backups.models.snapshot import Copy, CopyState, Hold, Snapshot, last_proof
from backups.models.source import ConnectionTest, EngineKind, Source
from backups.models.survey import TargetSurvey
from backups.models.vault import Repository, Vault, VaultCheck, VaultMeasure, VaultRole

__all__ = [
    "ANOMALIES",
    "BEFORE_SWAP",
    "FILE_KINDS",
    "LOST_AFTER",
    "TO_LIVE",
    "TROUBLED",
    "UNFINISHED",
    "Alert",
    "AlertKind",
    "BackupRun",
    "ComparedObject",
    "Comparison",
    "ComparisonPhase",
    "ConnectionTest",
    "Copy",
    "CopyState",
    "Download",
    "DownloadStanding",
    "Drill",
    "DrillPhase",
    "Emergency",
    "EngineKind",
    "Hold",
    "InformationSystem",
    "Job",
    "JobState",
    "KnownObject",
    "ObjectVerdict",
    "ObjectVersion",
    "Phase",
    "PlannedWork",
    "Repository",
    "RestoreJob",
    "RestorePhase",
    "RestoreTarget",
    "RestoreUndo",
    "RowPick",
    "RunKind",
    "Server",
    "Shelf",
    "Snapshot",
    "Source",
    "Stretch",
    "TargetSurvey",
    "TouchingJob",
    "Transfer",
    "Vault",
    "VaultCheck",
    "VaultMeasure",
    "VaultRole",
    "being_replaced",
    "last_proof",
    "name_key",
    "parent_key",
    "parts_of",
]
