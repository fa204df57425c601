"""The addresses of farm inputs: depots, allotting, handing over."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import allotting, depots, handing

PATTERNS: list[URLPattern] = [
    path("deeds/inputs/", depots.show_depots, name="depots"),
    path("deeds/inputs/keep/", depots.keep, name="depots-keep"),
    path("deeds/inputs/allot/", allotting.allot, name="allot"),
    path("deeds/inputs/handing/", handing.show_handing, name="handing"),
    path("deeds/inputs/handing/hand/", handing.hand, name="hand"),
    path("deeds/inputs/handing/take-back/", handing.take_back, name="allotment-take-back"),
    path("deeds/inputs/handing/paper/", handing.draw_list, name="handover-paper"),
    path("deeds/inputs/handing/form/", handing.give_form, name="handing-form"),
    path("deeds/inputs/handing/bring/", handing.bring, name="handing-bring"),
    path("deeds/inputs/handing/<str:number>/", handing.show_sheet, name="handing-sheet"),
    path("deeds/inputs/handing/<str:number>/accept/", handing.take_in, name="handing-take-in"),
    path("deeds/inputs/handing/<str:number>/discard/", handing.throw_away, name="handing-discard"),
    path("deeds/inputs/handing/<str:number>/refused/", handing.give_refused, name="handing-refused"),
]
