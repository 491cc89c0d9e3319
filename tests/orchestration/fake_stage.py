"""A stage that does as it is told: `python -m tests.orchestration.fake_stage EXIT_CODE WORDS --day D`."""

import os
import signal
import subprocess
import sys
import time

from warehouse.settings import ROOT


def main() -> None:
    how, words = sys.argv[1], sys.argv[2]
    print(f"{words} on {sys.argv[-1]}", flush=True)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hangs":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], cwd=ROOT)
        print(child.pid, flush=True)
        time.sleep(60)
    if how == "tells":
        print(sorted(name for name in os.environ if name.startswith(("AIRFLOW__", "PROMOLIFT_"))))
    sys.exit(int(how) if how.isdecimal() else 0)


if __name__ == "__main__":
    main()
