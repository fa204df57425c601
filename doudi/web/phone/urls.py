"""The addresses of this part; `doudi.web.urls` takes them up."""

from __future__ import annotations

from django.urls import URLPattern, path

from doudi.web.phone import (
    contact_tables,
    contacts,
    form,
    keeping,
    owning,
    pairing,
    photos,
    pulling,
    rescuing,
    ruling,
    shell,
    syncing,
)

PATTERNS: list[URLPattern] = [
    path("m/", shell.show, name="phone"),
    path("m/sw.js", shell.show_worker, name="phone-worker"),
    path("m/manifest.webmanifest", shell.show_manifest, name="phone-manifest"),
    path("m/words.<str:language>.json", shell.show_words, name="phone-words"),
    path("account/devices/", owning.show_own, name="devices"),
    path("account/devices/<str:number>/revoke/", owning.revoke_own, name="device-revoke"),
    path("accounts/<str:username>/devices/<str:number>/revoke/", owning.revoke, name="account-device-revoke"),
    path("checks/photos/<str:number>/", photos.show, name="check-photo"),
    path("contacts/", contacts.show_contacts, name="contacts"),
    path("contacts/<str:number>/end/", contacts.end, name="contact-end"),
    path("contacts/table/", contact_tables.bring, name="contacts-bring"),
    path("contacts/table/form/", contact_tables.give_form, name="contacts-form"),
    path("contacts/tables/<str:number>/", contact_tables.show_sheet, name="contact-sheet"),
    path("contacts/tables/<str:number>/accept/", contact_tables.accept_sheet, name="contact-sheet-accept"),
    path("contacts/tables/<str:number>/discard/", contact_tables.discard_sheet, name="contact-sheet-discard"),
    path("contacts/tables/<str:number>/refused/", contact_tables.give_refused, name="contact-sheet-refused"),
    path("telephones/rule/", ruling.show_rule, name="phone-rule"),
    path("kept-work/", keeping.show_kept, name="kept-work"),
    path("kept-work/file/", rescuing.bring, name="kept-file"),
    path("kept-work/<str:number>/", keeping.act, name="kept-work-act"),
    path("m/form/", form.show_list, name="phone-forms"),
    path("m/form/<str:code>/", form.check, name="phone-form"),
    path("m/api/pair", pairing.pair, name="phone-pair"),
    path("m/api/photo/<str:sha256>", photos.take, name="phone-photo"),
    path("m/api/pull", pulling.pull, name="phone-pull"),
    path("m/api/sync", syncing.sync, name="phone-sync"),
]
