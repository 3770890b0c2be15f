"""Where snapshots are kept: the promise (base), restic behind it, and nothing of Django."""
