"""Runs one row and judges it."""

import time
from dataclasses import dataclass, field

from reliability.audit import Audit, Auditor
from reliability.clock import moving_clock
from reliability.record import Sample
from reliability.row import Row, Skipped
from reliability.world import World


@dataclass
class Result:
    """How one row went."""

    row: Row
    samples: list[Sample] = field(default_factory=list)
    audit: Audit = field(default_factory=Audit)
    #: From the end of the fault until everything was as before.
    recovery_seconds: float = 0
    #: Why it could not be run.
    skipped: str = ""
    #: Why it failed; empty when it did not.
    failures: list[str] = field(default_factory=list)
    #: What the workers' logs say of it, when it failed.
    complaints: list[str] = field(default_factory=list)

    def during(self) -> list[Sample]:
        """The questions that were asked while the fault lasted."""
        return [sample for sample in self.samples if sample.phase == "during"]


def run_row(row: Row, seed: int) -> Result:
    """Runs a row from an empty database to the comparison behind its last worker."""
    result = Result(row)
    world = None
    try:
        world = World(row, seed)
        _play(world, result)
        result.audit = Auditor(world).run()
        result.failures += _judge(result)
    except Skipped:
        raise
    except Exception as error:
        result.failures.append(f"{type(error).__name__}: {error}")
    finally:
        if world:
            result.samples = result.samples or world.record.snapshot()
            result.complaints = world.complaints() if result.failures else []
            try:
                world.close()
            except Exception as error:
                result.failures.append(f"at the end: {type(error).__name__}: {error}")
    return result


def _play(world: World, result: Result) -> None:
    world.prepare()
    with moving_clock(world.stand_in):
        try:
            world.load.start()
            world.load.phase = "during"
            with world.row.inject(world):
                world.hold(world.row.seconds)
            world.load.phase = "after"
            result.recovery_seconds = world.until_normal(since=time.monotonic())
        finally:
            world.load.stop()
            result.samples = world.record.snapshot()
    world.stop_worker()


def _judge(result: Result) -> list[str]:
    """What the row's promise and those of all rows are broken by."""
    row, audit = result.row, result.audit
    failures = list(audit.faults)
    if audit.lost_wrongly:
        failures.append(f"{audit.lost_wrongly} acknowledged bars are lost")
    if audit.bought_twice_wrongly:
        failures.append(f"{audit.bought_twice_wrongly} final bars were bought twice")
    broken: dict[str, int] = {}
    for sample in result.samples:
        allowed = row.refusals.get(sample.kind, frozenset()) if sample.phase != "before" else frozenset()
        if sample.outcome != "answered" and sample.outcome not in allowed:
            what = f"{sample.phase} the fault: {sample.kind}: {sample.outcome}"
            broken[what] = broken.get(what, 0) + 1
    failures += [f"{what} ({count} times)" for what, count in sorted(broken.items())]
    if not result.during():
        failures.append("nothing was asked while the fault lasted")
    return failures
