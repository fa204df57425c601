"""A new campaign: what is told, to whom, how and when, with a live count of whom it names; nothing is sent by it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.access.roles import CLASSES
from doudi.outreach import audiences, campaigns, messages, untold
from doudi.outreach.audiences import Audience
from doudi.outreach.campaigns import Campaign, Plan
from doudi.outreach.channels import every
from doudi.outreach.messages import Wording
from doudi.policy.runs import Run
from doudi.register.households import Household
from doudi.values.divisions import is_prefix
from doudi.values.refusals import Refusal
from doudi.web import errors, names
from doudi.web.desk import accounts, areas, standings
from doudi.web.desk.households import place_names
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import show, show_part
from doudi.web.telling import beginning, days, words
from doudi.web.telling.typed import CUSTOM, PRESETS, TEXTS, Typed, typed_of

FIRST = 8  # households shown beside the count


@permission("campaign.make")
def prepare(request: HttpRequest) -> HttpResponse:
    """The form (GET, filled in for `?measure=`), and putting the campaign down (POST); 422 keeps what was typed."""
    reader, run = reader_of(request), standings.run_in_force()
    if request.method != "POST":
        return _page(request, reader, run, beginning.fresh(request, reader, run))
    typed = typed_of(request.POST)
    if request.POST.get("look"):
        return _page(request, reader, run, typed)
    try:
        with transaction.atomic():
            made = _prepare(typed, reader, run)
    except Refusal as refusal:
        return _page(request, reader, run, typed, refusal)
    return HttpResponseRedirect(reverse("campaign", args=[made.pk]))


def _prepare(typed: Typed, reader: Reader, run: Run | None) -> Campaign:
    by, on = reader.user.username, days.today()
    plan = _plan(typed, reader)
    campaigns.refuse_wrong(plan)
    if run is None:
        raise Refusal("还没有运行过决策,选不了对象。", "Nothing has been decided yet: no audience.", "rule")
    _refuse_unsaid(typed)
    audiences.understand(plan.rule, standings.pack_of(run), reads=reads_of(reader))
    wordings = [Wording(typed.get(name), "zh", kind, channel) for name, kind, channel in TEXTS if typed.get(name)]
    if typed.get("english").strip():
        wordings.append(Wording(typed.get("english"), "en"))
    known = [name for name in typed.measures if name in standings.pack_of(run).terms]
    message = messages.write(typed.get("title"), wordings, measures=known, place_code=plan.place_code, by=by, on=on)
    return campaigns.prepare(message, plan, by=by, on=on)


def _refuse_unsaid(typed: Typed) -> None:
    """An empty rule names everybody, and of no measure nobody can have been told: neither is what was meant."""
    if typed.get("preset") == CUSTOM and not typed.rule.strip():
        raise Refusal(
            "选了“自己写规则”,规则还空着。请写规则,或在“哪些农户”里改选。",
            "“A rule of your own” was chosen and the rule is empty. Write it, or choose other households.",
            "rule",
        )
    if typed.get("untold_only") and not typed.measures:
        raise Refusal(
            "勾了“只要还没告知过的”,还没有选讲的是哪些措施。告知按措施记:请选措施,或去掉这个勾。",
            "“Only those never told” is ticked and no measure chosen. They count by measure: choose some, or untick.",
            "measure",
        )


def _plan(typed: Typed, reader: Reader) -> Plan:
    prefix = typed.prefix
    if not is_prefix(prefix) or not reader.scope.covers(prefix.ljust(12, "0")):
        raise Refusal("请选您职责范围内的地区。", "Choose a place within your duty.", "place")
    return Plan(
        place_code=prefix.ljust(12, "0"), rule=typed.rule, channels=typed.channels,
        from_day=_day(typed.get("from_day"), "from_day"), until_day=_day(typed.get("until_day"), "until_day"),
        with_unknown=bool(typed.get("with_unknown")), untold_only=bool(typed.get("untold_only")),
        quiet_from=_whole(typed.get("quiet_from"), "quiet_from"),
        quiet_until=_whole(typed.get("quiet_until"), "quiet_until"),
        wait_days=_whole(typed.get("wait_days"), "wait_days"),
        heard_days=_whole(typed.get("heard_days") or "0", "heard_days"),
    )  # fmt: skip


def _whole(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise Refusal("这里填整数。", "A whole number is needed here.", where)
    return int(text)


def _day(text: str, where: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Refusal("日期写成 2020-02-27 的样子。", "Write the day as 2020-02-27.", where) from None
    if not 2000 <= found.year <= 2100:
        raise Refusal("日期不合理,请核对。", "That day cannot be right.", where)
    return found


@permission("campaign.make")
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """Whom a rule names, as a piece of the form: how many, how many are not known, the first of them."""
    typed = typed_of(request.GET)
    return show_part(request, "telling/audience.html", _told(typed, reader_of(request), standings.run_in_force()))


def _told(typed: Typed, reader: Reader, run: Run | None) -> dict[str, Any]:
    try:
        _refuse_unsaid(typed)
        found = audience_of(
            typed.rule, run, reader, prefix=typed.prefix, measures=typed.measures,
            untold_only=bool(typed.get("untold_only")),
        )  # fmt: skip
    except Refusal as refusal:
        return {"audience_problem": errors.words_of(refusal)}
    those = found.those(with_unknown=bool(typed.get("with_unknown")))
    return {
        "audience": found,
        "those": len(those),
        "first": rows_of(those[:FIRST], reader),
        "alone": campaigns.ALONE,
        "rule": typed.rule,
    }


def audience_of(
    rule: str, run: Run | None, reader: Reader, *, prefix: str, measures: tuple[str, ...] | list[str], untold_only: bool
) -> Audience:
    """Whom a rule names within a place of the reader's. Raises Refusal."""
    if run is None:
        raise Refusal("还没有运行过决策,选不了对象。", "Nothing has been decided yet: no audience.", "rule")
    if not is_prefix(prefix) or not reader.scope.covers(prefix.ljust(12, "0")):
        raise Refusal("请选您职责范围内的地区。", "Choose a place within your duty.", "place")
    found = audiences.find(rule, run, places=[prefix], reads=reads_of(reader))
    return found.among(untold.among(untold.of(run, prefix=prefix), measures)) if untold_only else found


def words_of(rule: str) -> str:
    """The name of the group a rule stands for; empty for a rule of somebody's own."""
    return next((str(text) for text, known in PRESETS.values() if known == rule), "")


def reads_of(reader: Reader) -> list[str]:
    """The classes of facts the reader is shown."""
    return [name for name in CLASSES if reader.reads(name)]


def rows_of(ids: Any, reader: Reader) -> list[dict[str, str]]:
    """Households as a row shows them, in their order."""
    homes = Household.objects.in_bulk([int(number) for number in ids])
    places = place_names(list(homes.values()))
    names.look_up(homes.values(), reader)
    return [
        {
            "code": homes[number].code,
            "name": names.head(homes[number], reader),
            "village": places.get(homes[number].place_code, homes[number].place_code),
            "group": homes[number].group_name,
        }
        for number in map(int, ids)
        if number in homes
    ]


def _page(
    request: HttpRequest, reader: Reader, run: Run | None, typed: Typed, refusal: Refusal | None = None
) -> HttpResponse:
    pack = standings.pack_of(run) if run else None
    area = areas.area_of(reader, None)
    context = {
        "typed": typed,
        "one": typed.one,
        "problem": errors.words_of(refusal) if refusal else "",
        "where": refusal.where if refusal else "",
        "area": area,
        "towns": accounts.towns_of(reader) if area and area.level == "county" else [],
        "villages": areas.parts_of(area) if area and area.level == "town" else [],
        "presets": [(name, text, rule) for name, (text, rule) in PRESETS.items()],
        "measures": [(name, standings.title_of(pack, name)) for name in pack.measures] if pack else [],
        "channels": [(each.name, words.of_channel(each.name), _of(each.name)) for each in every.CHANNELS.values()],
        "run": run,
        **_told(typed, reader, run),
    }
    return show(request, "telling/new.html", context, status=422 if refusal else 200)


def _of(name: str) -> str:
    """What a channel means for whoever chooses it."""
    return {
        "loudspeaker": _("每村一段录音和广播稿;村里播后登记"),
        "sms": _("有手机号的每户一条"),
        "private": _("只发给同意的农户"),
        "group": _("发到已设置的工作群"),
        "picture": _("每村一张长图;由村里指定的人转发后登记"),
        "paper": _("每户一张;村里送到后登记"),
        "call_list": _("帮扶干部逐户打电话"),
        "door": _("帮扶干部或村里上门"),
    }.get(name, "")
