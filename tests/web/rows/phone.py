"""The nouns of the telephones: devices, what came late, photographs."""

from __future__ import annotations

import datetime

from django.utils import timezone

from tests.web.rows.base import ELSEWHERE, SIBLING, VILLAGE, Noun, Row, acting, everybody, here, of_household, own


def telephones() -> list[Row]:
    """A telephone of the demo county's helper."""
    from doudi.access import devices
    from doudi.access.users import User

    with acting("helper"):
        user = User.objects.get(username="helper")
        made, _token = devices.register(user, "旧手机", by="helper", now=timezone.now())
    return [Row({"username": "helper", "number": str(made.pk)}, owner="helper")]


def kept_works() -> list[Row]:
    """What came late for a household of the helper's village, of another town and of another county."""
    import uuid

    from doudi.monitoring import kept_work
    from doudi.monitoring.orders import Order
    from doudi.register.households import Household

    made = []
    with acting("helper"):
        first = [
            Household.objects.filter(place_code__startswith=place).order_by("-code").first()
            for place in (VILLAGE, SIBLING, ELSEWHERE)
        ]
        for home in (each for each in first if each is not None):
            content = {"id": str(uuid.uuid4()), "verb": "check", "household": home.pk, "body": {"reached": "phone"}}
            order = Order(uuid.UUID(content["id"]), "check", home.pk, content["body"])
            kept = kept_work.keep(content, order, why="not_yours", by="helper", device=None, now=timezone.now())
            made.append(Row({"number": str(kept.pk)}, home.place_code, household=home.pk))
    return made


def photographs() -> list[Row]:
    """A check with a photograph, of a household of the helper's and of another town."""
    import hashlib
    import io as streams
    import uuid

    from PIL import Image

    from doudi.monitoring import photos
    from doudi.monitoring.checks import Check
    from doudi.register.households import Household
    from doudi.register.pairings import households_of

    picture = streams.BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "JPEG")
    body, made = picture.getvalue(), []
    with acting("helper"):
        from doudi.access.users import User

        kept = photos.keep(hashlib.sha256(body).hexdigest(), body, by="helper", on=timezone.localdate())
        paired = households_of(User.objects.get(username="helper"), timezone.localdate())
        mine = Household.objects.filter(pk__in=paired).order_by("code")[0]
        other = Household.objects.filter(place_code__startswith=SIBLING).order_by("code")[0]
        for home in (mine, other):
            check = Check.objects.create(
                id=uuid.uuid4(), household=home, place_code=home.place_code, by="helper", reached="door",
                about_day=datetime.date(2020, 2, 27), recorded_at=timezone.now(), photo=kept.sha256,
            )  # fmt: skip
            made.append(Row({"number": str(check.pk)}, home.place_code, household=home.pk))
    return made


def numbers_to_call() -> list[Row]:
    """A number of the helper's village, of another town's and of another county's."""
    from doudi.places import contacts
    from doudi.places.divisions import Place

    made = []
    with acting("county"):
        for prefix in (VILLAGE, SIBLING, ELSEWHERE):
            place = Place.objects.filter(code__startswith=prefix).order_by("-code").first()
            if place is not None:
                one = contacts.put(place.code, "officer", "值班室", "0825-5450001", by="county", now=timezone.now())
                made.append(Row({"number": str(one.pk)}, place.code))
    return made


def two_words() -> list[Row]:
    """A fact with two words on it that the village was asked to look at, at three places."""
    from doudi.access.scope import as_engine
    from doudi.monitoring.disputes import Dispute
    from doudi.register.households import Household

    made = []
    with acting("helper"), as_engine():
        for place in (VILLAGE, SIBLING, ELSEWHERE):
            home = Household.objects.filter(place_code__startswith=place).order_by("-code").first()
            if home is not None:
                one = Dispute.objects.create(
                    household=home, place_code=home.place_code, subject_kind="household", subject_id=home.pk,
                    fact="unsold_produce", kind="conflict", mine=True, mine_by="helper", mine_source="household",
                    theirs=False, theirs_source="national", opened_at=timezone.now(), choice="ask_village",
                    chosen_by="helper", chosen_at=timezone.now(),
                )  # fmt: skip
                made.append(Row({"number": str(one.pk)}, home.place_code, household=home.pk))
    return made


NOUNS: dict[str, Noun] = {
    "dispute": Noun(two_words, of_household),
    "telephone": Noun(telephones, own),
    "anybody's telephone": Noun(telephones, everybody),
    "kept work": Noun(kept_works, of_household),
    "number to call": Noun(numbers_to_call, here),
    "photograph": Noun(photographs, of_household),
}
