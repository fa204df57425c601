"""What is most worth asking in a village: each question once, with the households in which it is open."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse

from doudi.access.permissions import permission
from doudi.policy import questions
from doudi.policy.questions import Question
from doudi.register.households import Household
from doudi.web import figures, names
from doudi.web.desk import areas, standings
from doudi.web.desk.households import shows_names
from doudi.web.desk.standings import title_of
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part

MOST = 30
SHOWN = 8  # households named with a question; the rest are counted


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a village."""

    text: str
    asks: str
    decides: list[str]
    stake_fen: int
    households: int
    shown: list[tuple[Household, str]]  # with the name of the head where the duty shows names
    by_county: bool

    @property
    def more(self) -> int:
        """Households not named."""
        return self.households - len(self.shown)


@permission("question.read")
def show_questions(request: HttpRequest, prefix: str) -> HttpResponse:
    """The list: a piece of the village's page for htmx, else a page of its own; 404 for what is no village."""
    reader = reader_of(request)
    area = areas.area_of(reader, prefix)
    if area is None or area.level != "village" or standings.run_in_force() is None:
        raise Http404
    context = {"area": area, "asked": _asked(area.prefix, reader)}
    if request.headers.get("HX-Request") == "true":
        return show_part(request, "desk/village_questions.html", context)
    return show(request, "desk/village_page.html", context)


def _asked(prefix: str, reader: Reader) -> list[Asked]:
    found = [question for question in questions.of_village(prefix, most=MOST) if reader.reads(question.sensitivity)]
    wanted = {number for question in found for number in question.where[:SHOWN]}
    known = Household.objects.in_bulk(wanted)
    names.look_up(known.values(), reader)
    heads = {number: names.head(home, reader) if shows_names(reader) else "" for number, home in known.items()}
    return [_told(question, known, heads) for question in found]


def _told(question: Question, known: dict[int, Household], heads: dict[int, str]) -> Asked:
    run = standings.run_in_force()
    pack = standings.pack_of(run) if run else None
    return Asked(
        text=figures.in_words(question.text_zh, question.text_en),
        asks=figures.answerers(question.asks),
        decides=[title_of(pack, name) for name in question.decides] if pack else [],
        stake_fen=question.stake_fen,
        households=question.households,
        shown=[(known[number], heads[number]) for number in question.where[:SHOWN] if number in known],
        by_county=question.kind == "params",
    )
