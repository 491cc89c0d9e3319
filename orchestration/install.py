"""Make `.venv` from the lock with the interpreter that runs this; standard library only: nothing is installed yet."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETUP = "requirements-setup.txt"
LOCKS = ("requirements.txt", "requirements-demo.txt")
STAMP = "ready"
# Settings of the person who runs make that would put packages elsewhere.
MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_HASHES", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


class InstallFailed(Exception):
    """One sentence for the person who waits."""


def describe(root: Path) -> str:
    """What an environment is made from: the locks and the interpreter."""
    content = b"".join((root / lock).read_bytes() for lock in (SETUP, *LOCKS))
    return f"{hashlib.sha256(content).hexdigest()} Python {sys.version.split()[0]}\n"


def is_current(root: Path, folder: Path) -> bool:
    stamp = folder / STAMP
    return stamp.exists() and stamp.read_text() == describe(root)


def install(root: Path, folder: Path) -> None:
    """A new environment, whole or not at all: whatever interrupts it, no half of one stays."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        create(root, folder)
        (folder / STAMP).write_text(describe(root))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def create(root: Path, folder: Path) -> None:
    python = str(folder / "bin" / "python")
    environment = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    run([sys.executable, "-m", "venv", str(folder)], environment, "the interpreter cannot make an environment")
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    hashed = ["install", "--require-hashes", "-r", str(root / SETUP)]
    run([*pip, *hashed], environment, "the package index could not be reached or gave other files than the lock names")
    files = [word for lock in LOCKS for word in ("-r", str(root / lock))]
    # The lock is complete; --no-deps because a resolver would ask for extras the lock leaves out.
    uv = [str(folder / "bin" / "uv"), "pip", "install", "--system-certs", "--python", python]
    told = environment | index_of_pip(pip, environment)
    run([*uv, "--no-deps", "--require-hashes", *files], told, "the packages of the lock could not be installed")


def index_of_pip(pip: list[str], environment: dict[str, str]) -> dict[str, str]:
    """Where pip is told to look for packages and whom to trust; uv does not read pip's settings."""
    told = {}
    for name, setting, variable in (("UV_DEFAULT_INDEX", "index-url", "INDEX_URL"), ("SSL_CERT_FILE", "cert", "CERT")):
        value = environment.get(f"PIP_{variable}") or ask_pip(pip, environment, f"global.{setting}")
        if value and name not in environment:
            told[name] = value
    return told


def ask_pip(pip: list[str], environment: dict[str, str], setting: str) -> str:
    asked = subprocess.run(
        [*pip, "config", "get", setting], env=environment, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


def run(words: list[str], environment: dict[str, str], otherwise: str) -> None:
    done = subprocess.run(words, env=environment, check=False)
    if done.returncode:
        raise InstallFailed(f"{otherwise} (exit code {done.returncode}, its own words are above)")


def main() -> None:
    started = time.monotonic()
    folder = ROOT / ".venv"
    if is_current(ROOT, folder):
        (folder / STAMP).touch()  # the files of the lock are newer, their content is not
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"Setting up .venv with Python {sys.version.split()[0]} from the lock (1.7 GB, once) …", flush=True)
    try:
        install(ROOT, folder)
    except (InstallFailed, OSError) as error:
        sys.exit(f"Set-up failed and left nothing behind: {error}.")
    except KeyboardInterrupt:
        sys.exit("Set-up was stopped and left nothing behind; the next `make` starts it again.")
    print(f"Ready in {time.monotonic() - started:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
