"""One campaign: each channel's form to look at and take along, the report that adds up, what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doudi.access.permissions import permission
from doudi.outreach import escalations, messages, reports
from doudi.outreach import sending as outbox
from doudi.outreach.campaigns import ALONE, Campaign
from doudi.outreach.channels import every, picture, speech
from doudi.outreach.channels.gateway import SMS
from doudi.outreach.channels.shape import Channel
from doudi.outreach.dispatches import Dispatch
from doudi.outreach.reaches import Reach
from doudi.outreach.receipts import CAME, LOST, REPLY, Receipt
from doudi.places.divisions import Place
from doudi.register.households import Household
from doudi.values.refusals import Refusal
from doudi.web import errors, names, papers
from doudi.web.desk import areas, standings
from doudi.web.desk.drafts import plain
from doudi.web.reader import Reader, reader_of
from doudi.web.shell import county, shell_of, show
from doudi.web.telling import days, preparing, sending, words

A_PAGE = 25
LONGEST_NUMBER = 18


def campaign_of(number: str) -> Campaign:
    """The campaign of a number in an address. Raises Http404."""
    whole = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    found = Campaign.objects.select_related("message").filter(pk=int(number)).first() if whole else None
    if found is None:
        raise Http404
    return found


def within(campaign: Campaign, reader: Reader) -> bool:
    """Whether the campaign's place lies in the reader's duty: they may do something to it."""
    return reader.scope.covers(campaign.place_code)


@permission("campaign.read")
def show_campaign(request: HttpRequest, number: str) -> HttpResponse:
    """The page of one."""
    return page(request, campaign_of(number))


def page(request: HttpRequest, campaign: Campaign, *, problem: str = "", typed: Mapping[str, str] | None = None) -> Any:
    """The page; with a problem 422 and what was typed."""
    reader, run = reader_of(request), standings.run_in_force()
    pack = standings.pack_of(run) if run else None
    mine = within(campaign, reader) and reader.may("campaign.make")
    report = reports.of(campaign) if campaign.state != "draft" else None
    context = {
        "campaign": campaign,
        "state": words.of_state(campaign.state),
        "chip": words.CHIPS[campaign.state],
        "place": _place(campaign.place_code),
        "measures": [(name, standings.title_of(pack, name) if pack and name in pack.terms else name)
                     for name in campaign.message.measures],
        "forms": [_form(campaign, every.named(name)) for name in campaign.channels],
        "versions": sorted(campaign.texts.items()),
        "report": report,
        "lines": [(words.of_channel(line.channel), line) for line in report.lines] if report else [],
        "reasons": _reasons(report) if report else [],
        "sms": sum(line.delivered for line in report.lines if line.channel == SMS.name) if report else 0,
        "replies": _replies(campaign) if mine else [],
        "parts": _parts(campaign, reader) if report else [],
        "whom": preparing.words_of(campaign.rule),
        "due": escalations.due(campaign, on=days.today()) if mine and campaign.state == "running" else None,
        "news": sending.last(campaign),
        "next_at": outbox.next_due(campaign) if campaign.state == "running" else None,
        "failed": _failed(campaign) if mine else [],
        "mine": mine,
        "may_start": mine and reader.may("campaign.start") and campaign.state == "draft",
        "alone": ALONE,
        "public": request.build_absolute_uri(reverse("told", args=[campaign.token])),
        "problem": problem,
        "typed": typed or {},
        "people": _people(campaign),
        "by_me": campaign.made_by == reader.user.username,
        **_audience(campaign, reader, mine),
    }  # fmt: skip
    return show(request, "telling/campaign.html", context, status=422 if problem else 200)


def _people(campaign: Campaign) -> dict[str, str]:
    """Who prepared it, started it and ended it, as far as somebody did."""
    by = {"made": campaign.made_by, "started": campaign.started_by, "ended": campaign.ended_by}
    named = names.accounts(filter(None, by.values()))
    return {what: named.get(who, "") for what, who in by.items()}


def _audience(campaign: Campaign, reader: Reader, mine: bool) -> dict[str, Any]:
    """Before the start: whom the rule names now, for whoever may start it."""
    if campaign.state != "draft" or not mine:
        return {}
    try:
        found = preparing.audience_of(
            campaign.rule, standings.run_in_force(), reader, prefix=campaign.prefix,
            measures=campaign.message.measures, untold_only=campaign.untold_only,
        )  # fmt: skip
    except Refusal as refusal:
        return {"audience_problem": errors.words_of(refusal)}
    those = found.those(with_unknown=campaign.with_unknown)
    return {"audience": found, "those": len(those), "first": preparing.rows_of(those[: preparing.FIRST], reader)}


def _form(campaign: Campaign, channel: Channel) -> dict[str, Any]:
    form = channel.form(messages.text_for(campaign.texts, channel.name, words=channel.words))
    return {"name": channel.name, "word": words.of_channel(channel.name), "form": form, "per": channel.per}


def _reasons(report: reports.Report) -> list[tuple[str, str, str, int]]:
    return [
        (words.of_channel(channel), words.of_dispatch(state), words.why(why), number)
        for channel, state, why, number in report.reasons
    ]


def _parts(campaign: Campaign, reader: Reader) -> list[tuple[str, int, int]]:
    """How far each town of the county is told, or each village where reader or campaign see one town."""
    area = areas.area_of(reader, None)
    whole = len(campaign.prefix) == 6 and area is not None and area.level == "county"
    rows = reports.parts_of(campaign, 9 if whole else 12)
    codes = {code.ljust(12, "0") for code, _whole, _reached in rows}
    named = dict(Place.objects.filter(code__in=codes).values_list("code", "name"))
    return [(named.get(code.ljust(12, "0"), code), whole, reached) for code, whole, reached in rows]


def _failed(campaign: Campaign) -> list[Dispatch]:
    """What a person may let be sent once more."""
    found = Dispatch.objects.filter(campaign=campaign, state="failed", why__in=["gateway", "interrupted"])
    return list(found.select_related("household")[:30]) if campaign.state == "running" else []


def _replies(campaign: Campaign) -> list[Receipt]:
    """What households sent back that is no word of stopping."""
    found = Receipt.objects.filter(dispatch__campaign=campaign, kind=REPLY, household__isnull=False)
    return list(found.select_related("household")[:30])


def _place(code: str) -> str:
    place = Place.objects.filter(code=code).first()
    return place.name if place else code


@permission("campaign.read")
@require_safe
def play(request: HttpRequest, number: str) -> HttpResponse:
    """What the loudspeaker says, as sound; 422 in words where this machine cannot speak."""
    campaign = campaign_of(number)
    form = speech.CHANNEL.form(messages.text_for(campaign.texts, "loudspeaker", words="plain"))
    return file_of(request, lambda: speech.wave(form.text), "audio/wav", f"{campaign.message.title}.wav")


@permission("campaign.read")
@require_safe
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """The long picture with the square code of the public page."""
    campaign = campaign_of(number)
    address = request.build_absolute_uri(reverse("told", args=[campaign.token]))
    text = messages.text_for(campaign.texts, "picture")
    begun = county()
    demo = "演示数据,不得用于办理" if begun and begun.demo else ""
    foot = f"{_place(campaign.place_code)} {campaign.message.made_on.isoformat()}  扫码可听、可看全文"
    make = lambda: picture.draw(campaign.message.title, text, foot=foot, address=address, demo=demo)  # noqa: E731
    return file_of(request, make, "image/png", f"{campaign.message.title}.png")


def file_of(request: HttpRequest, make: Any, kind: str, name: str) -> HttpResponse:
    """A made file, shown or saved under its name; what cannot be made is told with what to do."""
    try:
        body = make()
    except Refusal as refusal:
        return errors.page(request, 422, _("做不出来"), errors.words_of(refusal), _("请按提示处理后再试。"))
    how = "attachment" if request.GET.get("save") else "inline"
    return HttpResponse(
        body,
        content_type=kind,
        headers={"Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}", "Cache-Control": "private, no-store"},
    )


@permission("campaign.read")
@require_safe
def print_paper(request: HttpRequest, number: str) -> HttpResponse:
    """The sheet to be handed over, on A4."""
    campaign = campaign_of(number)
    context = {
        "campaign": campaign,
        "text": messages.text_for(campaign.texts, "paper", words="plain"),
        "full": messages.text_for(campaign.texts, "paper"),
        "place": _place(campaign.place_code),
        "shell": shell_of(request),
    }
    return papers.answer(request, "papers/told.html", context, name=f"{_('明白纸')}-{campaign.message.title}")


@permission("told.read")
@require_safe
def show_households(request: HttpRequest, number: str) -> HttpResponse:
    """The campaign's households within the duty, with how far each was told."""
    campaign, reader = campaign_of(number), reader_of(request)
    only = request.GET.get("only", "")
    found = Household.objects.filter(pk__in=campaign.listeners.values("household"))
    told = Reach.objects.of(campaign.thing)
    if only == "open":
        found = found.exclude(pk__in=told.reached().values("household"))
    elif only == "reached":
        found = found.filter(pk__in=told.reached().values("household"))
    pages = Paginator(found.order_by("place_code", "code"), A_PAGE).get_page(plain(request.GET.get("page", "")))
    homes = list(pages)
    last: dict[int, Reach] = {}
    for reach in told.filter(household__in=homes).order_by("on", "id"):
        best = last.get(reach.household_id)
        if best is None or RANK[reach.sure] >= RANK[best.sure]:
            last[reach.household_id] = reach
    rows = _told(homes, last, campaign, reader)
    context = {"campaign": campaign, "page": pages, "rows": rows, "only": only, "count": pages.paginator.count}
    return show(request, "telling/campaign_households.html", context)


def _told(
    homes: list[Household], last: Mapping[int, Reach], campaign: Campaign, reader: Reader
) -> list[dict[str, Any]]:
    """Households as a row shows them: the surest telling of each, and what the gateway said of its message."""
    people = names.accounts(reach.confirmed_by for reach in last.values())
    receipts = _receipts(campaign, homes)
    rows = []
    for home, row in zip(homes, preparing.rows_of([home.pk for home in homes], reader), strict=True):
        reach = last.get(home.pk)
        more = {"reach": reach, "receipt": receipts.get(home.pk, "")}
        if reach is not None:
            sure, channel = words.of_sure(reach.sure), words.of_channel(reach.channel)
            more |= {"sure": sure, "channel": channel, "by": people[reach.confirmed_by]}
        rows.append({**row, **more})
    return rows


def _receipts(campaign: Campaign, homes: list[Household]) -> dict[int, str]:
    """By household, what the gateway said of the campaign's message; one that came counts as come."""
    said = {LOST: _("回执:没有送到手机"), CAME: _("回执:到了手机")}
    found = Receipt.objects.filter(dispatch__campaign=campaign, household__in=homes, kind__in=said)
    kinds = sorted(found.values_list("household_id", "kind"), key=lambda each: list(said).index(each[1]))
    return {int(home): said[kind] for home, kind in kinds if home is not None}


RANK = {"sent": 0, "delivered": 1, "heard": 2, "read_back": 3}
