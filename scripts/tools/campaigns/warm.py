"""Runs of Snakemake whose packages are loaded once: a campaign starts hundreds of jobs.

The process of the campaign loads the packages. A run is a fork of it in a session of its own:
Snakemake, and one process that forks a job for each script. A signal to that process group ends all
of them, as it ends a run from a shell. Nothing else differs: Snakefile, rules, scripts and the
project's modules are read from disk by each run and job.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from scripts.lib.plan.environment import EVERYWHERE, same_everywhere

LOADED = (
    "numpy", "scipy.special", "scipy.stats", "pandas", "pyarrow.parquet", "pyarrow.compute",
    "pyarrow.csv", "matplotlib.figure", "matplotlib.font_manager", "openpyxl", "xlsxwriter",
    "matplotlib.backends.backend_svg", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_agg",
    "docx", "jinja2", "pydantic", "yaml", "python_calamine", "great_expectations.expectations",
    "great_expectations.expectations.row_conditions", "snakemake.cli", "snakemake.script",
    "snakemake.workflow", "snakemake.dag", "snakemake.iocontainers",
)  # fmt: skip
SOCKET = "COHORTGATE_WARM"  # names the socket of this run's jobs to the client
# stands for Python in a run: hands a script to the process that forks it, all else to Python
CLIENT = f"""#!{sys.executable} -SEI
import os, sys
if len(sys.argv) < 2 or not sys.argv[1].endswith(".py"):
    os.execv({sys.executable!r}, [{sys.executable!r}, *sys.argv[1:]])
import json, socket
call = {{"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["{SOCKET}"])
    socket.send_fds(server, [b"x"], [1, 2])
    server.sendall(json.dumps(call).encode() + b"\\n")
    code = server.makefile().readline()
sys.exit(int(code) if code else 137)
"""


def same_seed() -> None:
    """Start this process anew where its hash seed, set at its start alone, is not that of a run."""
    if os.environ.get("PYTHONHASHSEED") != EVERYWHERE["PYTHONHASHSEED"]:
        same_everywhere()
        os.execv(sys.executable, [sys.executable, "-m", "scripts.tools.campaign", *sys.argv[1:]])


def prepare() -> None:
    """Load the packages, under the environment of every run; once, before the first run."""
    assert os.environ.get("PYTHONHASHSEED") == EVERYWHERE["PYTHONHASHSEED"], "see same_seed"
    same_everywhere()
    for name in LOADED:
        import_module(name)


@dataclass
class Run:
    """A run that was started: a process group by the number of its first process."""

    pid: int
    code: int | None = None

    def poll(self) -> int | None:
        """Exit code (a signal as a negative number), None where it is still running."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int:
        """Its exit code, when it has ended."""
        code = self._wait(0)
        assert code is not None
        return code

    def kill(self, sign: signal.Signals) -> None:
        """Send a signal to all its processes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, sign)

    def _wait(self, options: int) -> int | None:
        if self.code is None:
            pid, status = os.waitpid(self.pid, options)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code


def start(arguments: list[str], here: Path, log: Path, limit: Callable[[], None]) -> Run:
    """Start Snakemake in a fork. `limit` is called in it before anything else."""
    pid = os.fork()
    if pid:
        return Run(pid)
    os.setsid()
    _as_new(lambda: _snakemake(arguments, here, log, limit))
    raise AssertionError  # never comes back


def _snakemake(arguments: list[str], here: Path, log: Path, limit: Callable[[], None]) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    _redirect(os.open(os.devnull, os.O_RDONLY), out, out)
    folder = Path(tempfile.mkdtemp(prefix="warm_"))
    client = folder / "python"
    client.write_text(CLIENT, encoding="utf-8")
    client.chmod(0o700)
    os.environ[SOCKET] = str(folder / "jobs")
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.environ[SOCKET])
    server.listen(64)
    limit()
    if os.fork() == 0:
        _as_new(lambda: _serve(server))
    server.close()
    os.chdir(here)
    _forget_the_project()
    sys.executable, sys.argv = str(client), ["snakemake", *arguments]
    import_module("snakemake.cli").main(arguments)


def _forget_the_project() -> None:
    """A run reads the project's modules from disk, with nothing that a campaign kept in them."""
    for name in [name for name in sys.modules if name.split(".")[0] == "scripts"]:
        del sys.modules[name]


def _serve(server: socket.socket) -> None:
    """Fork a job for each call, until the run is over."""
    first = os.getppid()
    _forget_the_project()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a job but its client
    for sign in (signal.SIGTERM, signal.SIGINT):  # meant for Snakemake and the jobs
        signal.signal(sign, signal.SIG_IGN)
    server.settimeout(1)
    while os.getppid() == first:
        with contextlib.suppress(TimeoutError):
            client, _ = server.accept()
            client.settimeout(None)
            if os.fork() == 0:
                server.close()
                _as_new(lambda: _job(client))  # noqa: B023
            client.close()


def _job(client: socket.socket) -> None:
    _, fds, _, _ = socket.recv_fds(client, 1, 2)
    call = json.loads(client.makefile().readline())
    _redirect(0, *fds)
    os.environ.clear()
    os.environ.update(call["env"])
    os.chdir(call["cwd"])
    sys.argv, sys.path[0] = call["argv"], str(Path(call["argv"][0]).parent)
    code = _code_of(lambda: runpy.run_path(sys.argv[0], run_name="__main__"))
    client.sendall(b"%d\n" % code)
    sys.exit(code)


def _as_new(main: Callable[[], object]) -> None:
    """Run and end as a process of its own would: nothing of the campaign's is closed or removed."""
    atexit._clear()
    for sign in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.default_int_handler if sign == signal.SIGINT else signal.SIG_DFL)
    code = _code_of(main)
    os._exit(code)


def _code_of(main: Callable[[], object]) -> int:
    """What the interpreter makes of the end of a program: a message, a stack, an exit code."""
    try:
        main()
        code: object = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    return code


def _redirect(*fds: int) -> None:
    for number, fd in enumerate(fds):
        if fd != number:
            os.dup2(fd, number)
