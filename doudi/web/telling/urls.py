"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.telling import acting, advising, asking, home, households, listing, one, preparing, public, queue, ways

PATTERNS: list[URLPattern] = [
    path("telling/", home.show_home, name="telling"),
    path("telling/new/", preparing.prepare, name="campaign-new"),
    path("telling/count/", preparing.count, name="campaign-count"),
    path("telling/queue/", queue.show_queue, name="telling-queue"),
    path("telling/queue/<str:number>/", acting.confirm, name="dispatch-confirm"),
    path("telling/queue/<str:number>/again/", acting.again, name="dispatch-again"),
    path("telling/untold/", listing.show_untold, name="untold"),
    path("telling/counselling/", asking.show_requests, name="counselling"),
    path("telling/counselling/<str:number>/name/", asking.name, name="counselling-name"),
    path("telling/counselling/<str:number>/close/", asking.close, name="counselling-close"),
    path("telling/scripts/", advising.show_scripts, name="scripts"),
    path("telling/scripts/write/", advising.write, name="script-write"),
    path("telling/gateways/", ways.show_gateways, name="gateways"),
    path("telling/gateways/<str:number>/close/", ways.close, name="gateway-close"),
    path("telling/households/<str:code>/", households.show_household, name="telling-household"),
    path("telling/households/<str:code>/told/", households.record, name="told-record"),
    path("telling/households/<str:code>/consent/", households.consent, name="consent-record"),
    path("telling/households/<str:code>/counselling/", households.ask, name="counselling-ask"),
    path("telling/campaigns/<str:number>/", one.show_campaign, name="campaign"),
    path("telling/campaigns/<str:number>/audio/", one.play, name="campaign-audio"),
    path("telling/campaigns/<str:number>/picture/", one.draw, name="campaign-picture"),
    path("telling/campaigns/<str:number>/paper/", one.print_paper, name="campaign-paper"),
    path("telling/campaigns/<str:number>/households/", one.show_households, name="campaign-households"),
    path("telling/campaigns/<str:number>/start/", acting.start, name="campaign-start"),
    path("telling/campaigns/<str:number>/end/", acting.end, name="campaign-end"),
    path("telling/campaigns/<str:number>/escalate/", acting.escalate, name="campaign-escalate"),
    path("telling/campaigns/<str:number>/send/", acting.send, name="campaign-send"),
    path("told/<str:token>/", public.show_told, name="told"),
    path("told/<str:token>/audio/", public.play, name="told-audio"),
]
