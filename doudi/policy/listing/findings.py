"""The list of what the data-quality checks find that leaves: whom, where, by which rule, and the values behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doudi.facts.kinds import Vocabulary
from doudi.policy import quality
from doudi.policy.findings import Finding
from doudi.policy.listing import facts, households
from doudi.policy.listing.lists import Asker, Found, only_known
from doudi.policy.packs_parts import Check
from doudi.policy.quality import Seen
from doudi.register import children
from doudi.register.exporting.columns import Column, in_words, of_fact
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.rules.errors import nearest
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal

KNOWN = ("check", "place")
MOST = 20_000  # rows at once
COLUMNS = (
    Column("check", "检查", "check", width=36),
    Column("catalogue", "目录编号", "catalogue", width=10),
    Column("code", "户编号", "household code", width=18),
    households.of_name("head", "户主", "head"),
    households.of_name("person", "成员", "person"),
    *households.PLACES[:2],
    Column("values", "因为这些值", "because of", width=50),
    Column(
        "right",
        "核对结果",
        "what is right",
        width=24,
        note_zh="留空供填写;请在农户页面录入",
        note_en="left empty to fill in; enter it on the household's page",
    ),
)
Key = tuple[str, Finding]


class Findings:
    """One row a finding, exempt ones left out."""

    name, zh, en, kind = "findings", "待核对的数据", "findings of the checks", ""

    def find(self, query: Mapping[str, str], asker: Asker) -> Found:
        """(check, finding) in the order of the checks. Raises Refusal for a wrong condition or too many rows."""
        only_known(query, KNOWN)
        if asker.run is None:
            return Found([], 0, 0)
        checks, place = asker.run.pack.pack.checks, query.get("place", "")
        name = query.get("check", "")
        if name and name not in checks:
            close = nearest(name, checks)
            raise Refusal(
                f"没有检查“{name[:40]}”。是不是“{close}”?",
                f"There is no check “{name[:40]}”. Did you mean “{close}”?",
                "check",
            )
        if place and not is_prefix(place):
            raise Refusal("区划代码应是 6、9 或 12 位数字。", "The code of a place has 6, 9 or 12 digits.", "place")
        reading = quality.open_findings(asker.run, places=sorted(asker.scope.places))
        keys: list[Key] = []
        for each in (name,) if name else checks:
            total, some = reading.listed(each, prefix=place, most=MOST)
            keys += [(each, finding) for finding in some]
            if total > MOST or len(keys) > MOST:
                raise Refusal(
                    f"超过 {MOST:,} 处。请选一项检查或一个乡镇。",
                    f"More than {MOST:,} findings. Choose one check or one town.",
                    "check",
                )
        homes = {finding.household_id for _, finding in keys if finding.household_id is not None}
        return Found(keys, households.concerned(sorted(homes)), len(homes))

    def tell(self, query: Mapping[str, str], asker: Asker) -> list[tuple[str, str, str]]:
        """The conditions in words."""
        told = []
        if asker.run is not None and query.get("check"):
            words = asker.run.pack.pack.checks[query["check"]].words
            told.append(("检查", "check", in_words(words.zh, words.en, asker.language)))
        if query.get("place"):
            told.append(households.place_told(query["place"]))
        return told

    def facts(self, asker: Asker) -> list[Column]:
        """None."""
        return []

    def columns(self, query: Mapping[str, str], asker: Asker) -> list[Column]:
        """Whom to look into, and why."""
        return list(COLUMNS)

    def rows(
        self, found: Found, query: Mapping[str, str], chosen: Sequence[Column], asker: Asker
    ) -> Iterator[list[Any]]:
        """Row by row, check after check."""
        run = asker.run
        if run is None:
            return
        homes = Household.objects.in_bulk({f.household_id for _, f in found.keys if f.household_id is not None})
        places, heads = households.place_names({f.place_code for _, f in found.keys}), asker.heads(homes.values())
        for name in dict.fromkeys(name for name, _ in found.keys):
            check = run.pack.pack.checks[name]
            mine = [finding for other, finding in found.keys if other == name]
            ids = [finding.subject_id for finding in mine]
            seen = quality.values_of(run, check, ids)
            people = Person.objects.in_bulk(ids) if check.subject == "person" else {}
            young = children.among(people, on=asker.day)
            for each in mine:
                home, person = homes.get(each.household_id or 0), people.get(each.subject_id)
                head = heads[home.pk] if home else ""
                named = asker.name(person.name, child=person.pk in young) if person else ""
                values = _told(seen.get(each.subject_id, []), asker, run.pack.pack.vocabulary)
                yield [each.subject_id, 0, *_row(check, each, home, (head, named), places, values, asker)]


def _told(seen: list[Seen], asker: Asker, vocabulary: Vocabulary) -> str:
    """The values that made the check speak, as far as the duty shows them."""
    words = []
    for each in seen:
        fact = vocabulary.fact(each.kind, each.name)
        if fact is not None and asker.reads(fact):
            column = of_fact(fact, f"{each.name}@{each.year}" if each.year else each.name)
            value = facts.told(column, each.value, asker)
            shown = in_words("没有", "none", asker.language) if value is None else value
            words.append(f"{column.heading(asker.language)}:{shown}")
    return ";".join(words)


def _row(
    check: Check,
    finding: Finding,
    home: Household | None,
    named: tuple[str, str],
    places: dict[str, str],
    values: str,
    asker: Asker,
) -> list[Any]:
    code = finding.place_code
    return [
        in_words(check.words.zh, check.words.en, asker.language),
        check.catalogue,
        home.code if home else "",
        *named,
        places.get(code[:9] + "000", ""),
        places.get(code, code),
        values,
        None,
    ]


LIST = Findings()
