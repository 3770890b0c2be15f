"""restic repositories that are ready at once and open at once, for tests.

restic makes each key as hard to guess as half a second of scrypt allows, and pays that in every
call. The keys here have the cheapest parameters that restic takes (N=2), made for the password
below; all else is restic's own format, and restic opens them as any other. Both cut files alike.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from pathlib import Path

from backups.specs import RepositorySpec

PASSWORD = "kata-sandi-uji"
FOLDERS = ("data", "index", "keys", "locks", "snapshots")
KEY = (
    '{{"created":"2026-01-01T00:00:00Z","username":"uji","hostname":"uji","kdf":"scrypt",'
    '"N":2,"r":1,"p":1,"salt":"{salt}","data":"{data}"}}'
)
READY = (
    {
        "config": (
            "fg9+BFLqni24hjhaWJGvA+zZDoik8R3fZcnCFaPiq7ArTV3f6ypu2mDuKEAg8S2ELr5nR4vOD4mc3YKF"
            "GYrgOo8NFE5t7iKIQtvNHufpYRkNfEVy8vAM9tGtY3buiZMaTKZFZ2Z5QZXpEn6bQQfQifhLiza9OUaP"
            "gY+b+38W3fee5sy3mHu4J9aqQ2K2g2NaT62NoC/S/S22/jgWxpV4IA=="
        ),
        "salt": (
            "cer9/2l/Kum6D3QQSGyKyD+/cCfpxfsFiDAJnU4TCqSE4mb0CzjUzr3NsR6mUK4lXej9HSFDt0nCDvjU"
            "FM8TJA=="
        ),
        "data": (
            "z9gKFi5MHNUZpN53IBWmcSTWlQJCqOhpNHhxG5zyDTdXQ4+vELPMypA9MY5NtRNuKSHAwBEdz4GUZDV6"
            "yjrLE76sw2Yl5fpkdXpQb730NSjE0XwRGpURpy3kXkSwa5LW3M3Oc4zFB9ajaYX2Dhx4czm+Zi2gEc4J"
            "tuqTC1I5D8UkQsYR3zQZ7he0thWieu07ZQY+BmY370WOQxVaJu/Z7CKPnJeOvw=="
        ),
    },
    {
        "config": (
            "yahsO83/7KSpUob37u60I1htsv56gR2dXWaKlxQ50rP0XzXOS5SWFSEphIE2u57d0ujfQmZXmYquFWd6"
            "t/sa2q0z5ndkKManuR4Nua68/8uEq/9DVgj8cc+12zhvfFPG8k9aakXPY29jYQkC53qBWxUpCcEUGwlS"
            "sMNORpvkS3fo2Zh3UgFjfoGBDBy11miE6Y5V856TjbWY1Kfzw+Re6w=="
        ),
        "salt": (
            "V90iB0nJXO+saErEx7vmF3WwjuuBrf8ekJufh5lCIXndnZT5l+pug0y4DaZigFhhuS1KDjTl5oT8j8+L"
            "zJ6tfQ=="
        ),
        "data": (
            "UfoUuUwUlHyOb0dqIWT7CgFqwDrBy7iz6Cziov6e75KEtlX5/y+zYcp0RxOouzXnpV8VFlzjV3L7v+lX"
            "VqSXnvgSbyJuLJ4LKNxBEwr5NV7jT/r273+PTYVxtimCjFprhZTk/JlKTNoRv9QnAcQ+OT3p2FuYx2MQ"
            "CDJS96NmYCu10ErIu0GAhr3051b2ivARWQA9kpohb44KsJKinujxbIwbT/n3LQ=="
        ),
    },
)


def make(folder: Path, *, second: bool = False) -> RepositorySpec:
    """Make an empty repository in `folder`; `second`: one with another id and other keys."""
    ready = READY[second]
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    key = KEY.format(salt=ready["salt"], data=ready["data"]).encode()
    (folder / "keys" / hashlib.sha256(key).hexdigest()).write_bytes(key)
    (folder / "config").write_bytes(b64decode(ready["config"]))
    return RepositorySpec(str(folder), PASSWORD)


def largest_pack(folder: Path) -> Path:
    """Return the repository's largest pack: one of data, not of folders."""
    packs = (path for path in (folder / "data").rglob("*") if path.is_file())
    return max(packs, key=lambda pack: pack.stat().st_size)


def damage(folder: Path) -> Path:
    """Change one byte in the middle of the repository's largest pack; return the pack."""
    pack = largest_pack(folder)
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)
    return pack
