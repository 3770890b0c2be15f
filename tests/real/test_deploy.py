"""The units and the nginx site, as systemd and nginx themselves judge them."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portal import settings

BASE = Path(__file__).resolve().parents[2]
UNIT_KINDS = {".service", ".socket", ".timer", ".target", ".path"}
DEPLOY = BASE / "deploy"
UNITS = sorted(path for path in DEPLOY.iterdir() if path.suffix in UNIT_KINDS)
WORKERS = ("short", "long", "restore")


def ran(*argv, **more):
    """Run a program to its end and return it with all it said."""
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120, **more)


def unit(name):
    """Return a unit file's sections; of a key that stands twice, the last value."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / name)
    return parser


@pytest.fixture
def units(tmp_path):
    """Copy the units, their paths led to this checkout, so that the programs they name exist."""
    for path in UNITS:
        text = path.read_text().replace("/opt/pulih", str(BASE))
        (tmp_path / path.name).write_text(text)
    return tmp_path


def test_systemd_finds_no_fault_with_any_unit(units):
    done = ran("systemd-analyze", "verify", "--man=no", *map(str, sorted(units.iterdir())))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_unit_that_is_named_exists():
    texts = "\n".join(path.read_text() for path in UNITS)
    named = set(
        re.findall(r"\bpulih-[a-z]+@?(?:\w+)?\.(?:service|socket|timer|target|path)\b", texts)
    )
    named = {re.sub(r"@\w+", "@", name) for name in named}  # pulih-revive@long.path: one file
    assert named <= {path.name for path in UNITS}


def test_the_web_tier_is_shut_in(units):
    how = ("--offline=true", "--threshold=20", "--no-pager")
    done = ran("systemd-analyze", "security", *how, str(units / "pulih-web.service"))
    assert done.returncode == 0, done.stdout


def test_the_web_tier_sees_no_workers_key():
    web = unit("pulih-web.service")["Service"]
    assert web["User"] == "pulih-web"
    assert web["InaccessiblePaths"] == "/var/lib/pulih/keys/workers"
    assert {unit(f"pulih-{name}.service")["Service"]["User"] for name in WORKERS} == {
        "pulih-worker"
    }


@pytest.mark.parametrize("name", WORKERS)
def test_a_stop_asks_the_main_process_alone_and_has_an_end(name):
    service = unit(f"pulih-{name}.service")["Service"]
    assert service["KillMode"] == "mixed"
    assert service["OOMPolicy"] == "kill"
    longest_task = settings.Q_CLUSTER["timeout"]
    assert int(service["TimeoutStopSec"]) >= (longest_task if name == "short" else 1800)


def test_each_cluster_has_its_unit_and_the_web_tier_none():
    texts = {name: (DEPLOY / f"pulih-{name}.service").read_text() for name in (*WORKERS, "web")}
    clusters = {name: "Q_CLUSTER_NAME" in text for name, text in texts.items()}
    assert clusters == {"short": False, "long": True, "restore": True, "web": False}
    assert {"long", "restore"} == set(settings.Q_CLUSTER["ALT_CLUSTERS"])


def test_every_setting_of_the_example_is_one_that_the_portal_reads():
    named = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "pulih.env").read_text(), re.MULTILINE))
    read = (BASE / "portal" / "settings.py").read_text() + (
        BASE / "portal" / "lib" / "env.py"
    ).read_text()
    assert {name for name in named if f'"{name}"' not in read} == set()


@pytest.fixture
def site(tmp_path):
    """Put the site into a small nginx.conf, with a certificate of our own and harmless ports."""
    files = ("-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem")
    kind = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pulih.example.ac.id")
    ran("openssl", "req", "-x509", *kind, *files)
    text = (DEPLOY / "nginx-pulih.conf").read_text().replace("/etc/ssl/pulih", str(tmp_path))
    text = re.sub(r"listen (\[::\]:)?(80|443)\b", lambda m: f"listen {m[1] or ''}{m[2]}80", text)
    (tmp_path / "site.conf").write_text(text)
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}"
        f" http {{ access_log off; {folders} include {tmp_path}/site.conf; }}"
    )
    return tmp_path / "nginx.conf"


def test_nginx_finds_no_fault_with_the_site(site):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin")
    done = ran(nginx, "-t", "-p", str(site.parent), "-c", str(site))
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_the_watchdog_asks_where_systemd_looks():
    asked = unit("pulih-watchdog.service")["Service"]["ExecStart"].split()[-1]
    assert unit("pulih-revive@.path")["Path"]["PathExists"] == f"{asked}/restart-%i"
    hears = (DEPLOY / "pulih-workers.target").read_text()
    assert {name for name in WORKERS if f"pulih-revive@{name}.path" in hears} == set(WORKERS)


def test_the_helper_is_a_shell_script_without_faults():
    assert ran("sh", "-n", str(DEPLOY / "pulih")).returncode == 0
