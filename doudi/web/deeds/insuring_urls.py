"""The addresses of the insurance against falling back."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.deeds import insuring, insuring_lists, insuring_policies

PATTERNS: list[URLPattern] = [
    path("deeds/insurance/", insuring.show_claims, name="insurance"),
    path("deeds/insurance/signal/", insuring.signal, name="insurance-signal"),
    path("deeds/insurance/follow/", insuring.follow, name="insurance-follow"),
    path("deeds/insurance/policies/new/", insuring_policies.take_out, name="insurance-policy-new"),
    path("deeds/insurance/list/", insuring_lists.give_list, name="insurance-list"),
    path("deeds/insurance/paper/", insuring_lists.draw_list, name="insurance-paper"),
    path("deeds/insurance/answers/", insuring_lists.bring, name="insurance-answers"),
    path("deeds/insurance/answers/<str:number>/", insuring_lists.look, name="insurance-answer"),
    path("deeds/insurance/answers/<str:number>/accept/", insuring_lists.accept, name="insurance-answer-accept"),
    path("deeds/insurance/answers/<str:number>/discard/", insuring_lists.discard, name="insurance-answer-discard"),
    path("deeds/insurance/answers/<str:number>/refused/", insuring_lists.refused, name="insurance-answer-refused"),
    path("deeds/insurance/<str:number>/", insuring.show_claim, name="insurance-claim"),
    path("deeds/insurance/<str:number>/visit/", insuring.visit, name="insurance-visit"),
]
