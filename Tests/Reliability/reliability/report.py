"""The table."""

from collections import Counter
from pathlib import Path

from reliability.clients import KINDS, NEW_KINDS
from reliability.run import Result

_TIERS = ("memory", "database", "provider")


def seen(result: Result) -> str:
    """What clients saw while the fault lasted, in a few words."""
    during = result.during()
    answered = [sample for sample in during if sample.outcome == "answered"]
    tiers = Counter(sample.tier for sample in answered)
    parts = [f"{len(answered)} answers (" + ", ".join(f"{tiers[t]} {t}" for t in _TIERS if tiers[t]) + ")"]
    if stale := sum(sample.is_stale for sample in answered):
        parts.append(f"{stale} of them stale")
    reasons = Counter(reason for sample in answered for reason in sample.reasons)
    parts += [f"{count} with a part missing: {reason}" for reason, count in reasons.most_common()]
    refused = Counter((sample.outcome, sample.kind) for sample in during if sample.outcome != "answered")
    by_outcome: dict[str, list[str]] = {}
    for (outcome, kind), count in sorted(refused.items()):
        by_outcome.setdefault(outcome, []).append(f"{count} {kind}")
    parts += [f"{outcome}: {', '.join(kinds)}" for outcome, kinds in by_outcome.items()]
    return "; ".join(parts)


def longest_wait(result: Result) -> str:
    """The longest waits for what is stored and for what has to be bought first."""
    waits = {True: 0.0, False: 0.0}
    for sample in result.during():
        is_new = sample.kind in NEW_KINDS
        waits[is_new] = max(waits[is_new], sample.seconds)
    return f"{waits[False] * 1_000:.0f} ms, new {waits[True] * 1_000:.0f} ms"


def line(result: Result) -> str:
    """One line for the terminal."""
    state = "SKIPPED" if result.skipped else "FAILED" if result.failures else "ok"
    if result.skipped:
        return f"{state:8}{result.row.name}: {result.skipped}"
    text = (
        f"{state:8}{result.row.name}: {seen(result)}; longest wait {longest_wait(result)}; "
        f"lost {result.audit.lost} of {result.audit.acknowledged}; bought twice {result.audit.bought_twice}; "
        f"normal after {result.recovery_seconds:.1f} s"
    )
    return "\n".join([text, *(f"        {what}" for what in result.failures + result.complaints)])


def write(path: Path, results: list[Result]) -> None:
    """The document, after a run of all rows."""
    text = (Path(__file__).parent / "document.md").read_text()
    kinds = "\n".join(f"| {kind} | {what} |" for kind, what in KINDS.items())
    promises = "\n".join(map(_promise, results))
    text = text.replace("{kinds}", kinds).replace("{promises}", promises)
    path.write_text(text.replace("{table}", "\n".join(_table_row(result) for result in results)))


def update(path: Path, results: list[Result]) -> None:
    """Replaces the lines of single rows, in the table and behind it."""
    lines = path.read_text().splitlines()
    for result in results:
        for new in (_table_row(result), _promise(result)):
            begin = new[: len(result.row.fault) + 4]
            lines = [new if line.startswith(begin) else line for line in lines]
    path.write_text("\n".join(lines) + "\n")


def _promise(result: Result) -> str:
    return f"- **{result.row.fault}.** {result.row.promise}"


def _table_row(result: Result) -> str:
    row, audit = result.row, result.audit
    if result.skipped:
        return f"| {row.fault} | not run: {result.skipped} | | | | |"
    twice = f"{audit.bought_twice} bars" if audit.bought_twice else "nothing"
    if audit.bought_twice and row.may_rebuy == "unstored":
        twice += " that were not stored yet"
    lost = f"nothing of {audit.acknowledged}" if not audit.lost else f"{audit.lost} of {audit.acknowledged}"
    failed = " **FAILED**: " + "; ".join(result.failures) if result.failures else ""
    return (
        f"| {row.fault} | {seen(result)}{failed} | {longest_wait(result)} | {lost} | {twice} "
        f"| {result.recovery_seconds:.1f} s |"
    )
