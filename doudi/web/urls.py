"""Every page, each with the one permission it needs written on its view."""

from __future__ import annotations

from django.urls import path

from doudi.web import sign_in
from doudi.web.desk import (
    answering,
    boundaries,
    household,
    households,
    overview,
    profile,
    reaching,
    reasons,
    running,
    trying,
    village,
)

urlpatterns = [
    path("", overview.show_own, name="overview"),
    path("places/<str:prefix>/", overview.show_place, name="place"),
    path("places/<str:prefix>/questions/", village.show_questions, name="village-questions"),
    path("households/", households.show_list, name="households"),
    path("households/<str:code>/", household.show_one, name="household"),
    path("households/<str:code>/questions/", answering.answer, name="answer"),
    path("households/<str:code>/village/", reaching.show_reaching, name="reaching"),
    path("households/<str:code>/why/<str:kind>/<str:subject>/<str:measure>/", reasons.show_why, name="why"),
    path("what-if/", trying.show_trial, name="what-if"),
    path("what-if/adopt/", trying.adopt, name="adopt"),
    path("runs/", running.show_runs, name="runs"),
    path("runs/new/", running.start, name="run-start"),
    path("runs/<str:number>/", running.show_run, name="run"),
    path("divisions/maps/", boundaries.show_maps, name="maps"),
    path("divisions/maps/withdraw/", boundaries.withdraw, name="map-withdraw"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/code/", sign_in.ask_code, name="sign-in-code"),
    path("profile/", profile.show_profile, name="profile"),
    path("profile/password/", profile.change_password, name="profile-password"),
    path("profile/second-factor/", profile.enrol, name="second-factor"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("health/", sign_in.tell_health, name="health"),
    path("language/", sign_in.choose_language, name="language"),
]
