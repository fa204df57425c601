"""What a square code opens, for anybody: the campaign's text, and the same to listen to. Nothing of any household."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from doudi.access.permissions import PUBLIC, permission
from doudi.outreach import messages
from doudi.outreach.campaigns import Campaign
from doudi.outreach.channels import speech
from doudi.places.divisions import Place
from doudi.web.desk.drafts import plain
from doudi.web.shell import show
from doudi.web.telling import one


def _told(token: str) -> Campaign:
    """The campaign of a token, once it runs. Raises Http404."""
    found = Campaign.objects.select_related("message").of_token(plain(token)[:24])
    if found is None:
        raise Http404
    return found


@permission(PUBLIC)
@require_safe
def show_told(request: HttpRequest, token: str) -> HttpResponse:
    """The text, large, with the sound beside it. No search engine keeps it."""
    campaign = _told(token)
    language = "en" if get_language() == "en" else "zh"
    place = Place.objects.filter(code=campaign.place_code).first()
    context = {
        "campaign": campaign,
        "text": messages.text_for(campaign.texts, "picture", language=language),
        "plain": messages.text_for(campaign.texts, "", words="plain", language=language),
        "place": place.name if place else "",
    }
    answer = show(request, "telling/told.html", context)
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@permission(PUBLIC)
@require_safe
def play(request: HttpRequest, token: str) -> HttpResponse:
    """What the loudspeaker says."""
    campaign = _told(token)
    form = speech.CHANNEL.form(messages.text_for(campaign.texts, "loudspeaker", words="plain"))
    return one.file_of(request, lambda: speech.wave(form.text), "audio/wav", "told.wav")
