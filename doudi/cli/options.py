"""What several commands take: days, moments, and whose name an act at the keyboard bears."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import click

from doudi.values.refusals import Refusal

DEMO_DAY = date(2020, 2, 27)  # the day of the county's report, as of which the demo county is made


class Day(click.ParamType):
    """A day as 2020-02-27."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day; a complaint that shows the form otherwise."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is no day; write it as 2020-02-27", param, ctx)


class Moment(click.ParamType):
    """A moment as 2020-02-27T18:37:42+08:00; without an offset it is UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment; a complaint that shows the form otherwise."""
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is no moment; write it as 2020-02-27T18:37:42+08:00", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def now() -> datetime:
    """The moment a command is given."""
    return datetime.now(UTC)


def actor() -> str:
    """Whose name an act at the keyboard bears: the operating-system account's."""
    return f"cli:{getpass.getuser()}"


def signed_in(username: str, *, from_stdin: bool) -> str:
    """The username of an account, proved as at the door: by its password, and by a code where it has a second factor.

    Both are asked for, or are the first two lines of stdin. Refused for a wrong one. What needs two persons needs the
    second one's own account: the first cannot give it in their name. Guesses are not counted here: whoever runs this
    can read the home.
    """
    from doudi.access import factors
    from doudi.access.users import Backend

    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else click.prompt("Password", hide_input=True)
    user = Backend().authenticate(None, username=username, password=password)
    if user is None:
        raise Refusal(
            f"“{username}”的用户名或密码不对。请由本人输入。",
            f"The name or password of “{username}” is wrong. The person has to type it.",
            username,
        )
    if factors.device_of(user):
        code = sys.stdin.readline() if from_stdin else click.prompt("Code of the authenticator", hide_input=True)
        if not factors.check(user, code, now=now()):
            raise factors.wrong_code()
    return username


def default_day() -> date:
    """The day a command means when it names none: today, or in a demonstration the day of the county's report."""
    from doudi.places import counties

    county = counties.present()
    return DEMO_DAY if county is not None and county.demo else now().astimezone().date()


def amounts(pack_name: str | None = None) -> Callable[[int], str]:
    """How a pack's money is told: 1234 fen is "12.34 yuan"."""
    from doudi.policy import versions
    from doudi.values import money

    currency = versions.in_force(pack_name).pack.currency
    return lambda amount: f"{money.tell(amount, minor=currency.minor)} {currency.unit.en}"


def household_id(named: str) -> int:
    """The id of a household named by its code, its national code or its number. Refused when there is none."""
    from django.db import transaction
    from django.db.models import Q

    from doudi.access.scope import as_engine
    from doudi.register.households import Household

    wanted = Q(code=named) | Q(national_code=named)
    if named.isascii() and named.isdigit() and len(named) < 19:
        wanted |= Q(pk=int(named))
    with transaction.atomic(), as_engine():
        found = Household.objects.filter(wanted).order_by("id").first()
    if found is None:
        raise Refusal(
            f"没有编号为“{named}”的农户。请核对户编号。",
            f"There is no household “{named}”. Check the code of the household.",
        )
    return int(found.pk)


class Subject(click.ParamType):
    """A subject of a household as person:12."""

    name = "kind:number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """The kind and the number."""
        if isinstance(value, tuple):
            return value
        kind, _, number = value.partition(":")
        if not kind or not (number.isascii() and number.isdigit()):
            self.fail(f"“{value}” is no subject; write it as person:12", param, ctx)
        return kind, int(number)


subject_option = click.option(
    "--subject", type=Subject(), help="Of whom, when it is not the household itself: person:12, loan:7, hire:3."
)
