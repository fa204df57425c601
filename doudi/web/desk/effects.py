"""Who would gain and who would lose, were another text of the policy in force: by measure, by town, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doudi.access.permissions import permission
from doudi.places.divisions import Place
from doudi.policy import pack_trials, proofs, snapshots, versions
from doudi.policy.pack_trials import SIDES, Comparison, Ground, Moved
from doudi.policy.packs import Pack
from doudi.policy.runs import Run
from doudi.policy.what_if import Effect
from doudi.register.households import Household
from doudi.register.persons import Person
from doudi.web import figures
from doudi.web.desk import standings
from doudi.web.desk.households import place_names
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show

SIZE = 50
MOST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Result:
    """One measure's change, as far as the reader sees; totals of the county are None for who sees a part of it."""

    name: str
    title: str
    subject: str
    gains: int
    loses: int
    shifts: int | None
    yes_before: int | None
    yes: int | None
    unknown: int | None
    amount_before_fen: int | None
    amount_fen: int | None
    change_fen: int
    budget_fen: int | None
    towns: list[tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class Who:
    """One subject whose answer changes. The name is masked: deciding a policy needs no names."""

    title: str
    kind: str
    name: str
    household: str
    village: str
    before: int
    after: int
    change_fen: int


def ground_in_force(pack_name: str) -> Ground | None:
    """What a trial of a pack's text stands on: the run in force of that pack."""
    run = Run.objects.standing(pack_name)
    return pack_trials.ground_of(run, county=snapshots.county_code()) if run else None


def begin(files: dict[str, str], pack_name: str, *, by: str, whole: bool) -> None:
    """Try a text beside the server; `whole` proves it as well."""
    proofs.begin(files, ground=ground_in_force(pack_name), by=by, whole=whole)


def told(content_hash: str, files: dict[str, str], pack_name: str, reader: Reader) -> dict[str, Any]:
    """What a page shows of a text's trial and proof."""
    ground = ground_in_force(pack_name)
    found = pack_trials.read(ground, content_hash) if ground else None
    proof = proofs.read(content_hash)
    context: dict[str, Any] = {
        "ground": ground,
        "comparison": found,
        "proof": proof,
        "said": _step(proof.said, ground) if proof else "",
        "hash": content_hash,
    }
    if found is not None and ground is not None:
        context["results"] = results_of(found, versions.pack_of(files), ground.pack, reader)
    return context


def _step(said: str, ground: Ground | None) -> str:
    """What a proof is at, in the reader's language."""
    if ground is not None and said in ground.pack.terms:
        return standings.title_of(ground.pack, said)
    words = {
        "": _("等候"),
        "examples": _("例子"),
        "unknown in vain": _("有没有问不清的措施"),
        "checks and alerts": _("检查与提醒"),
    }
    return words.get(said, said)


def results_of(found: Comparison, pack: Pack, before: Pack, reader: Reader) -> list[Result]:
    """The measures that change, the largest change first."""
    names = dict(Place.objects.filter(level=Place.TOWN).values_list("code", "name"))
    results = [_result(each, pack if each.measure in pack.terms else before, names, reader) for each in found.moved]
    return sorted(results, key=lambda each: -(each.gains + each.loses + (each.shifts or 0)))


def _result(effect: Effect, pack: Pack, names: dict[str, str], reader: Reader) -> Result:
    whole = any(len(code) == 6 for code in reader.scope.places)
    inside = [town for town in effect.towns if whole or reader.scope.covers(town.code)]
    change = effect.amount_fen - effect.amount_before_fen if whole else sum(town.change_fen for town in inside)
    return Result(
        name=effect.measure,
        title=standings.title_of(pack, effect.measure),
        subject=figures.word(pack.vocabulary.kinds[effect.subject]),
        gains=effect.gains if whole else sum(town.gains for town in inside),
        loses=effect.loses if whole else sum(town.loses for town in inside),
        shifts=effect.shifts if whole else None,
        yes_before=effect.yes_before if whole else None,
        yes=effect.yes if whole else None,
        unknown=effect.unknown if whole else None,
        amount_before_fen=effect.amount_before_fen if whole else None,
        amount_fen=effect.amount_fen if whole else None,
        change_fen=change,
        budget_fen=effect.budget_fen if whole else None,
        towns=[(names.get(t.code, t.code), t.gains, t.loses, t.change_fen) for t in inside],
    )


def show_list(
    request: HttpRequest, content_hash: str, files: dict[str, str], pack_name: str, back: str
) -> HttpResponse:
    """The subjects whose answer changes, by measure and side, within the reader's scope."""
    reader, ground = reader_of(request), ground_in_force(pack_name)
    found = pack_trials.read(ground, content_hash) if ground else None
    side, measure = request.GET.get("side", ""), request.GET.get("measure", "")[:80]
    if found is None or ground is None or (side and side not in SIDES):
        raise Http404
    pack = versions.pack_of(files)
    titles = {name: standings.title_of(ground.pack, name) for name in ground.pack.terms}
    titles |= {name: standings.title_of(pack, name) for name in pack.terms}
    if measure and measure not in titles:
        raise Http404
    number = _page(request.GET.get("page", "1"))
    places = sorted(reader.scope.places)
    total, rows = pack_trials.moved(
        found, places=places, measure=measure, side=side, first=(number - 1) * SIZE, most=SIZE
    )
    words = {"": _("全部变化"), "gains": pgettext("what if", "新增"), "loses": _("失去"), "other": _("其他变化")}
    context = {
        "rows": _whom(rows, titles, ground.pack),
        "total": total,
        "number": number,
        "pages": max(1, -(-total // SIZE)),
        "previous": number - 1,
        "next": number + 1,
        "titles": [(each.measure, titles[each.measure]) for each in found.moved],
        "measure": measure,
        "side": side,
        "sides": list(words.items()),
        "comparison": found,
        "back": back,
    }
    return show(request, "desk/who.html", context)


def _page(text: str) -> int:
    return min(MOST_PAGE, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _whom(rows: list[Moved], titles: dict[str, str], pack: Pack) -> list[Who]:
    homes = {each.pk: each for each in Household.objects.filter(pk__in={r.household_id for r in rows})}
    people = dict(
        Person.objects.filter(pk__in={r.subject_id for r in rows if r.kind == "person"}).values_list("pk", "name")
    )
    villages = dict(Place.objects.filter(code__in={row.place_code for row in rows}).values_list("code", "name"))
    villages |= place_names(list(homes.values()))
    return [_who(row, titles, pack, homes, people, villages) for row in rows]


def _who(
    row: Moved,
    titles: dict[str, str],
    pack: Pack,
    homes: dict[int, Household],
    people: dict[int, str],
    villages: dict[str, str],
) -> Who:
    home = homes.get(row.household_id) if row.household_id is not None else None
    name = people.get(row.subject_id, "") if row.kind == "person" else home.head_name if home else ""
    return Who(
        title=titles[row.measure],
        kind=figures.word(pack.vocabulary.kinds[row.kind]),
        name=figures.masked(name) if name else "",
        household=home.code if home else "",
        village=villages.get(row.place_code, row.place_code),
        before=row.before,
        after=row.after,
        change_fen=(row.fen_after or 0) - (row.fen_before or 0),
    )


@permission("pack.edit")
def show_who_of_draft(request: HttpRequest, number: str) -> HttpResponse:
    """Who would gain and lose by a draft."""
    from doudi.web.desk.drafts import draft_of

    draft = draft_of(number)
    return show_list(request, draft.hash, draft.files, draft.pack_name, f"/drafts/{draft.pk}/")


@permission("proposal.read")
def show_who_of_proposal(request: HttpRequest, number: str) -> HttpResponse:
    """Who would gain and lose by a proposal."""
    from doudi.web.desk.proposals import proposal_of

    proposal = proposal_of(number)
    return show_list(request, proposal.hash, proposal.files, proposal.pack_name, f"/proposals/{proposal.pk}/")
