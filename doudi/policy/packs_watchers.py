"""A pack's checks, alerts and exits put to the proof: their cases, and their rules broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doudi.facts.entries import complain
from doudi.policy.packs import Pack
from doudi.policy.packs_boundaries import boundaries, situation
from doudi.policy.packs_context import Context
from doudi.policy.packs_examples import Example
from doudi.policy.packs_noticing import Trial, trial
from doudi.policy.packs_parts import Alert, Check, Exit
from doudi.policy.packs_situations import Builder
from doudi.rules.measures import Condition, Measure
from doudi.rules.nodes import Value
from doudi.rules.results import NO, YES
from doudi.values.toml import Document, KeyPath


@dataclass(frozen=True)
class Watched:
    """A check, alert or exit as a measure of one condition, with its cases as examples."""

    measure: Measure
    examples: tuple[Example, ...]


def watched(pack: Pack, context: Context) -> Iterator[Watched]:
    """Every check, alert and exit. A case that cannot be read is complained of in the context."""
    for area, watchers in (("checks", pack.checks), ("alerts", pack.alerts), ("exits", pack.exits)):
        document = context.open(f"{area}.toml")
        for name, watcher in watchers.items():
            condition = Condition(name, watcher.node, watcher.words.zh, watcher.words.en)
            with context.collecting():
                examples = tuple(_cases(pack, context, document, name, watcher))
                yield Watched(Measure(area, watcher.subject, (condition,)), examples)


def _cases(
    pack: Pack, context: Context, document: Document, name: str, watcher: Check | Alert | Exit
) -> Iterator[Example]:
    decided = pack.values_on(pack.as_of)
    for side, expect, told in (("fires", YES, watcher.fires), ("silent", NO, watcher.silent)):
        for index, tree in enumerate(told):
            path: KeyPath = (name, f"also_{side}", index - 1) if index else (name, side)
            facts = {key: value for key, value in tree.items() if key != "params"}
            yield Example(
                measure=name,
                words=watcher.words,
                file=document.file,
                line=document.place(path)[0],
                as_of=pack.as_of,
                params=decided | _chosen(pack, context, document, path, tree.get("params")),
                row=Builder(context, document, path).row(watcher.subject, facts),
                expect=expect,
            )


def _chosen(pack: Pack, context: Context, document: Document, path: KeyPath, told: object) -> dict[str, Value]:
    """The parameters a case decides for itself: `params = { look_within = 14 }`, for what the pack leaves open."""
    found: dict[str, Value] = {}
    for name, raw in told.items() if isinstance(told, dict) else ():
        if name not in pack.parameters:
            zh, en = f"没有“{name}”这个参数", f"there is no parameter '{name}'"
            raise complain(document, (*path, "params", name), zh, en, name, pack.parameters)
        found[name] = context.value(document, (*path, "params", name), raw, pack.parameters[name].type)
    return found


def watch_trial(held: Watched, pack: Pack) -> Trial:
    """The cases of a check or alert and those generated from the ones that fire, ready for breaking its rule."""
    generated = boundaries(held.measure, held.examples, pack.vocabulary)
    return trial(held.measure, [*map(situation, held.examples), *generated], [])
