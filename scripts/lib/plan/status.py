"""`results/STATUS`: whether what lies under results/ is the current, whole study.

Hooks alone would lie: none fires when the workflow cannot be parsed, nothing fires when a run is
killed, and success also ends the run of a single target. So (docs/decisions/0003, 0010):

* a run that starts any job first writes STOPPED and removes what is not current: the outputs of
  every job that it is going to run and, where it is asked for a part only, of every other job of
  the study that would have to run; and what nothing of this configuration makes any more;
* the rule `write_status` is the last of the default target: it holds every file of the study
  against its record and writes COMPLETE and the token;
* a run of a part ends with PARTIAL and what of the study is current and what is absent;
* a run that ends with an error removes what depends on a job that did not finish, also what was
  not going to run (a statistic behind a gate that failed), and says what stopped;
* a configuration or raw file that cannot be used writes STOPPED when the workflow is parsed.
"""

from __future__ import annotations

import atexit
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.lib import records
from scripts.lib.errors import CRASHED, CRASHES, INTERRUPTED, STOPPED
from scripts.lib.plan.calls import restricted
from scripts.lib.quality.quality_summary import SUMMARY, read_summary, summary_line

STATUS = Path("results/STATUS")
SCRIPT = Path("results/status.js")  # the same for the pages: a file:// page can read a script only
GATE = records.GATE
TOKEN = Path("data/gates/study.complete")
SHOWN = 8  # files that a line names
UNFINISHED = (
    "a run was started and has not finished. Run `snakemake` again; where it was killed and the"
    " folder is still locked, run `snakemake --unlock` before that."
)
BY_HAND = "the run was ended by hand (Ctrl-C, or a signal)"
WITHOUT_A_WORD = (
    "it ended without a word (killed, out of memory, or not able to start); what it said stands on"
    " the screen of the run."
)
WHOLE = "Run `snakemake` without a target for the whole study."


NOT_OF_THIS = (
    "Nothing was made: what lies under results/ is of an earlier run, not of the present files."
)


Judge = Callable[[list[str]], Mapping[str, bool]]  # of tables: whether their gates open now


def _nobody_asks(_: list[str]) -> Mapping[str, bool]:
    return {}


@dataclass
class State:
    """What a run knows of the whole study: set by `on_start`, read by the other hooks.

    `outputs` of the whole study (empty: not known); `asked`: outputs of this run's graph;
    `dropped`: files removed because nothing makes them any more; `notes`: what STATUS says of the
    study whatever its state; `whole`: the study will be whole; `stopped`: what stopped, in a line,
    the messages, and the files that were there when they were said.
    """

    outputs: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    whole: bool = False
    stopped: tuple[str, list[str], set[str]] = ("", [], set())


# ---- what STATUS says


def _write(lines: Iterable[str]) -> None:
    lines = list(lines)
    STATUS.parent.mkdir(parents=True, exist_ok=True)
    STATUS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = json.dumps(lines, ensure_ascii=False).replace("<", "\\u003c")
    SCRIPT.write_text(f"window.cohortgateStatus = {text};\n", encoding="utf-8")


def write_stopped(what: str, look: Iterable[str] = ()) -> None:
    """Say that the study is not current, and where to look; the token goes."""
    remove([TOKEN])
    _write([f"STOPPED: {what}", *look])


def write_partial(what: str, lines: Iterable[str] = ()) -> None:
    """Say that a part was made, and what the rest of the study is; the token goes."""
    remove([TOKEN])
    _write([f"PARTIAL: {what}", *lines])


def write_complete(lines: Iterable[str], manifest: Mapping[str, str]) -> None:
    """Say that the default target is current; `lines` follow, the token holds the manifest."""
    _write(["COMPLETE", *lines])
    TOKEN.parent.mkdir(parents=True, exist_ok=True)
    TOKEN.write_text(json.dumps(dict(manifest), indent=0, sort_keys=True) + "\n", "utf-8")


LOCKED = (
    "STOPPED before any job: another run holds this folder, or one was killed and left its lock."
    " Where no other snakemake runs here: `snakemake --unlock`, then `snakemake` again."
)


class _Watch(logging.Handler):
    """What Snakemake itself says is wrong before the first job: no hook fires then."""

    def __init__(self, starts_jobs: Callable[[], bool]) -> None:
        super().__init__(logging.ERROR)
        self.starts_jobs = starts_jobs
        self.said: list[str] = []
        self.active = True

    def emit(self, record: logging.LogRecord) -> None:
        if self.active and (text := record.getMessage().strip()):
            self.said.append(text)

    def end(self) -> None:
        """Write STOPPED, unless jobs were started or another run holds the folder."""
        locked = any(text.startswith(LOCKED) for text in self.said)
        if self.active and self.said and not locked and self.starts_jobs():
            write_stopped(" ".join(self.said[0].split())[:500], [NOT_OF_THIS])


SAID_BY_THE_STEP = (
    "returned non-zero exit status 1.",
    f"returned non-zero exit status {INTERRUPTED}.",
    "died with <Signals.SIGINT: 2>.",
    "died with <Signals.SIGTERM: 15>.",
)


def not_said_yet(record: logging.LogRecord) -> bool:
    """False for Snakemake's own block around a step that stopped: its message stands above.

    What Snakemake says of a lock is said with its remedy.
    """
    text = record.getMessage()
    if "Directory cannot be locked" in text:
        record.msg, record.args = LOCKED, ()
        return True
    return not (
        ("RuleException" in text and text.rstrip().endswith(SAID_BY_THE_STEP))
        or text.rstrip().endswith("At least one job did not complete successfully.")
    )


_watches: list[_Watch] = []


def watch(starts_jobs: Callable[[], bool]) -> None:
    """From now on what goes wrong before any job is written to STATUS, too."""
    watch = _Watch(starts_jobs)
    logger = logging.getLogger("snakemake.logging")
    logger.addHandler(watch)
    logger.addFilter(not_said_yet)
    atexit.register(watch.end)
    _watches.append(watch)


# ---- the hooks of a run


class Run:
    """The hooks of a run of Snakemake, and what they must remember of each other."""

    def __init__(
        self,
        workflow: Any,
        notes: Iterable[str] = (),
        judge_gates: Judge = _nobody_asks,
    ) -> None:
        self.workflow, self.state, self.notes = workflow, State(), list(filter(None, notes))
        self.judge_gates = judge_gates
        self.started = False

    def start(self) -> None:
        """Before the first job. `--touch` makes nothing and removes nothing."""
        dag = self.workflow.dag
        self.started = True
        for watch in _watches:
            watch.active = False
        if self.workflow.touch:
            self.state = State(asked=_outputs(dag.jobs))
            write_stopped(UNFINISHED)
            return
        limits = restricted(self.workflow)
        whole = str(TOKEN) in _outputs(dag.needrun_jobs()) and not limits
        study = None if whole else ask_whole_study(self.workflow)
        self._begin(study, limits)

    def _begin(self, study: Mapping[str, bool] | None, limits: str) -> None:
        dag = self.workflow.dag
        targets = sorted(rule.name for rule in dag.targetrules) + sorted(map(str, dag.targetfiles))
        rules = (rule.name for rule in self.workflow.rules)
        self.state = on_start(dag, study, rules, [*targets, *filter(None, [limits])], bool(limits))
        self.state.notes = self.notes

    def end(self) -> None:
        """After a run that had nothing to do for its target: the rest may be stale, nevertheless.

        No hook fires then. A file that is not current goes here, too, and STATUS says so.
        """
        dag, limits = self._had_nothing_to_do(), restricted(self.workflow)
        if dag is None or (str(TOKEN) in _outputs(dag.jobs) and not limits):
            return
        study = ask_whole_study(self.workflow)
        if study is None or (any(study.values()) or not TOKEN.exists()):
            self._begin(study, limits)
            on_success(self.state, self.judge_gates)
            print("\n".join(self.last_lines()))

    def _had_nothing_to_do(self) -> Any:
        """The jobs of a run that looked at all and started none; None for any other call."""
        if self.started or getattr(self.workflow, "scheduler", None) is None:
            return None
        dag = self.workflow.dag
        held = any(Path(".snakemake/locks").glob("*"))  # by another run
        nothing = not self.workflow.dryrun and not list(dag.needrun_jobs()) and not held
        return dag if nothing else None

    def succeed(self) -> list[str]:
        """After a run without errors; the lines that it ends with."""
        if self.workflow.touch:
            on_touch(self.workflow.dag)
        else:
            on_success(self.state, self.judge_gates)
        return self.last_lines()

    def fail(self) -> list[str]:
        """After a run with errors; what stopped."""
        scheduler = self.workflow.scheduler
        by_hand = bool(scheduler._user_kill) or not scheduler.failed
        return on_error(self.workflow.dag, self.state, () if by_hand else scheduler.failed)

    def rendered(self) -> None:
        """STATUS once more, after page and register were made from what there was."""
        write_stopped(*_told_of_stop(self.state))

    def last_lines(self, stopped: Mapping[str, Any] | None = None) -> list[str]:
        """What a run ends with on the screen; `stopped`: counts of a run that a gate stopped."""
        return ["", *end_lines(self.state, stopped)]


def ask_whole_study(workflow: Any) -> dict[str, bool] | None:
    """Outputs of the whole study, and whether each would have to be made; None if nobody can say.

    A run that is asked for a part knows the graph of that part alone, so Snakemake is asked for a
    summary of the default target, with the same configuration.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as given:
        json.dump(dict(workflow.config_settings.overwrite_config), given, default=str)
        given.flush()
        command = [sys.executable, "-m", "snakemake", "--summary", "all", "--nolock", "--quiet"]
        command += ["all", "--snakefile", str(workflow.main_snakefile), "--configfile", given.name]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    if done.returncode or not lines or lines[0][0] != "output_file":
        return None
    return {cells[0]: cells[-1] == "update pending" for cells in lines[1:]}


def on_start(
    dag: Any,
    study: Mapping[str, bool] | None,
    rules: Iterable[str],
    targets: Iterable[str] = (),
    limited: bool = False,
) -> State:
    """Before the first job: what is not current goes, and STATUS says that a run is under way.

    Parameters
    ----------
    study
        Outputs of the whole study, and whether each would have to be made again; None where this
        could not be found out. For a run of the whole study `dag` says it.
    rules
        Names of all rules of the workflow.
    targets
        What was asked for, in words.
    limited
        Some jobs were left out by hand (`--until`, `--allowed-rules`): the run is never whole.
    """
    planned = _outputs(dag.needrun_jobs())
    asked = _outputs(dag.jobs)
    whole = str(TOKEN) in planned and not limited
    if whole:
        study = dict.fromkeys(asked, False)
    stale = [path for path, pending in (study or {}).items() if pending]
    made = records.read_records()  # before the records of what is removed go with it
    remove([*planned, *stale])
    forget_logs(dag.needrun_jobs())
    state = State(list(study or ()), asked, list(targets), whole=whole)
    state.dropped = _drop({*study, *asked}, made, set(rules)) if study is not None else []
    # afterwards, because STATUS itself is an output of the last job
    write_stopped(UNFINISHED)
    return state


def forget_logs(jobs: Iterable[Any]) -> None:
    """Remove what steps said in an earlier run: one that is not reached now says nothing now.

    With the words of their crashes, which may hold a patient's value.
    """
    for job in jobs:
        for log in job.log:
            Path(log).unlink(missing_ok=True)
        (CRASHES / f"{job.rule.name}.txt").unlink(missing_ok=True)


def on_success(state: State, judge_gates: Judge = _nobody_asks) -> None:
    """After a run without errors: COMPLETE only if the whole study is current.

    Parameters
    ----------
    judge_gates
        Whether the gates of these tables open by their verdicts; those without one left out.
    """
    if state.whole and TOKEN.exists():
        if extra := [*_dropped_lines(state), *_foreign_lines(state)]:
            _write([*STATUS.read_text(encoding="utf-8").splitlines(), *extra])
            records.refresh([str(STATUS), str(SCRIPT)])
        return
    what = ", ".join(state.targets) or "a part of the study"
    shut, asked = _gates_now(state, judge_gates)
    lines = [
        *state.notes,
        *shut,
        *asked,
        *_standing(state),
        *_dropped_lines(state),
        *_foreign_lines(state),
    ]
    write_partial(what, [*lines, WHOLE])


def _gates_now(state: State, judge_gates: Judge) -> tuple[list[str], list[str]]:
    """Lines on gates that did not open in a run of a part; what lies behind a shut one goes.

    Their age reruns nothing (docs/decisions/0002), so what lies behind them is still there.
    """
    gates = (Path(path) for path in state.outputs if path.endswith(GATE))
    asked_again = sorted(gate.stem for gate in gates if not gate.exists())
    opens = judge_gates(asked_again)
    shut = [table for table in asked_again if not opens.get(table, True)]
    remove(records.behind([f"data/gates/{table}{GATE}" for table in shut], records.read_records()))
    left = [table for table in asked_again if table not in opens]
    return (
        [f"Shut: the gate of {', '.join(shut)}. Nothing behind it was kept."] if shut else [],
        [f"Not asked again yet: the gate of {', '.join(left)}"] if left else [],
    )


def on_touch(dag: Any) -> None:
    """After `--touch`: files were declared current, not made; their records say so, and STATUS."""
    records.redeclare(_outputs(dag.jobs))
    write_partial("files were declared current with --touch and not made again", [WHOLE])


def on_error(dag: Any, state: State, failed: Iterable[Any] = ()) -> list[str]:
    """After a run with errors: remove what cannot be trusted; the messages of what stopped.

    Parameters
    ----------
    failed
        Jobs that failed; none where a person ended the run.
    """
    unfinished = {job for job in dag.needrun_jobs() if not dag.finished(job)}
    remove(_outputs(_depending(dag, unfinished)))
    silent = (job.rule.name for job in failed if not _messages(job.log))
    messages = sorted(
        {text for job in unfinished for text in _messages(job.log)}
        | {f"{CRASHED}{name}: {WITHOUT_A_WORD}" for name in silent}
    )
    waiting = sorted({job.rule.name for job in unfinished})
    by_hand = f"{BY_HAND} before {', '.join(waiting[:5])}" if waiting else BY_HAND
    first = _first_lines(messages) or by_hand
    state.stopped = (first, messages, {path for path in _known(state) if Path(path).exists()})
    write_stopped(*_told_of_stop(state))
    return messages


def _told_of_stop(state: State) -> tuple[str, list[str]]:
    """What STATUS says of a run that stopped: what, and what became of the study's files."""
    first, messages, before = state.stopped
    after = sorted(
        path
        for path in _known(state)
        if path.startswith("results/") and path not in before and Path(path).exists()
    )
    made = [f"Made after the stop from what there was: {_named(after)}"] if after else []
    return first, [
        *messages, *state.notes, *_standing(state, after), *made, *_dropped_lines(state),
        "Data-quality reports: results/quality/. Nothing that depends on a step that stopped was"
        " kept. Mend the cause and run `snakemake` again.",
    ]  # fmt: skip


def _known(state: State) -> set[str]:
    return {*state.outputs, *state.asked} - {str(STATUS), str(SCRIPT)}


def closing_lines(
    state: State | None = None, stopped: Mapping[str, Any] | None = None
) -> list[str]:
    """What a run ends with: findings by severity, and numbers equal to the paper's.

    Only of files that this run asked for: a line of an older run would look like this one's.

    Parameters
    ----------
    stopped
        Counts of a run that a gate stopped (`render_after_stop`); else those of the page.
    """
    lines = []
    summary = stopped or (read_summary() if _told(SUMMARY, state) else None)
    if summary:
        lines.append(summary_line(summary))
    comparison = Path("results/tables/published_comparison.summary.json")
    if _told(comparison, state):
        lines.append(json.loads(comparison.read_text(encoding="utf-8"))["line"])
    return lines


def end_lines(state: State, stopped: Mapping[str, Any] | None = None) -> list[str]:
    """What a run ends with on the screen: closing lines, what a target made, and STATUS."""
    asked = [path for path in state.asked if path not in (str(STATUS), str(SCRIPT))]
    made = [path for path in asked if path.startswith("results/") and Path(path).exists()]
    of_part = [] if state.whole else [f"made or current: {_named(made)}"] if made else []
    first = STATUS.read_text(encoding="utf-8").splitlines()[0]
    return [*closing_lines(state, stopped), *of_part, f"status: {first[:200]} (results/STATUS)"]


def _told(path: Path, state: State | None) -> bool:
    return path.exists() and (state is None or str(path) in state.asked)


# ---- what becomes of the files


def remove(paths: Iterable[Any]) -> None:
    """Remove files, and folders that are outputs as a whole, with their records."""
    for path in map(Path, paths):
        if path.is_file() or path.is_symlink():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        records.forget(str(path))


def _drop(known: set[str], made: Mapping[str, Mapping[str, Any]], rules: set[str]) -> list[str]:
    """Remove recorded outputs that nothing makes any more, and those of other targets out of date.

    An output of a rule that is gone, or that has jobs in the study but none for it, is made by
    nothing; one of a rule that stands apart (a comparison of deliveries, one patient's page) goes
    when what it was made from has changed.
    """
    old = set(records.outdated(made, records.review(made)))
    apart = rules - {record["rule"] for output, record in made.items() if output in known}
    gone = [
        output
        for output, record in made.items()
        if output not in known
        and (record["rule"] not in apart or record.get("first", output) in old)
    ]
    there = sorted(path for path in gone if Path(path).exists())
    remove(gone)
    return there


def _standing(state: State, after: Sequence[str] = ()) -> list[str]:
    """By folder under results/, how many files of the study are there; all that is, is current.

    `after`: files that are there, but were made when a run had stopped, from what there was.
    """
    if not state.outputs:
        return ["What the rest of the study is could not be found out."]
    counts: dict[str, list[bool]] = {}
    for path in _known(state):
        parts = Path(path).parts
        if parts[0] == "results" and len(parts) > 2:
            there = Path(path).exists() and path not in after
            counts.setdefault("/".join(parts[:2]), []).append(there)
    lines = []
    for folder, found in sorted(counts.items()):
        absent = "none current" if any(p.startswith(f"{folder}/") for p in after) else "absent"
        n = sum(found)
        lines.append(f"{folder}: {f'{n} of {len(found)} files, current' if n else absent}")
    return lines


def _dropped_lines(state: State) -> list[str]:
    if not state.dropped:
        return []
    return [f"Removed, because nothing of this study makes it any more: {_named(state.dropped)}"]


def _foreign_lines(state: State) -> list[str]:
    """Files under results/ that no step of the study made."""
    known = {*state.outputs, *state.asked, *records.read_records(), str(STATUS), str(SCRIPT)}
    folders = tuple(f"{path}/" for path in known)
    found = [
        name
        for name in records.files_of("results")
        if name not in known and not name.startswith(folders)
    ]
    return [f"Not made by this study: {_named(found)}"] if found else []


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return f"{', '.join(paths[:SHOWN])}{more}"


def _outputs(jobs: Iterable[Any]) -> list[str]:
    return [str(output) for job in jobs for output in job.output]


def _depending(dag: Any, jobs: set[Any]) -> set[Any]:
    """`jobs` and all jobs that depend on any of them, at whatever distance."""
    found, queue = set(jobs), list(jobs)
    while queue:
        for job in dag.depending[queue.pop()]:
            if job not in found:
                found.add(job)
                queue.append(job)
    return found


def _messages(logs: Iterable[Any]) -> list[str]:
    """What a step that stopped or crashed left for a person in its log."""
    texts = [Path(log).read_text(encoding="utf-8").strip() for log in logs if Path(log).is_file()]
    said = [text for text in texts if text.startswith((STOPPED, CRASHED))]
    return [
        text.removeprefix(STOPPED) if text.startswith(STOPPED) else text.splitlines()[0]
        for text in said
    ]


def _first_lines(messages: list[str]) -> str:
    return "; ".join(sorted(message.splitlines()[0] for message in messages))
