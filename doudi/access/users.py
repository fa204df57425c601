"""Users: people with a name, a password and duties."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from doudi.trail.commands import carry_out
from doudi.trail.putting import put_in
from doudi.values.refusals import Refusal

LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
USERNAME = re.compile(r"[A-Za-z0-9._@+\-\u4e00-\u9fff]{1,150}")


class Users(BaseUserManager):
    """The questions asked about users."""

    def called(self, username: str) -> models.QuerySet[User]:
        """Who has that name, however it is typed: upper or lower case, full or half width."""
        return self.alias(compared=Lower("username")).filter(compared=canonical(username))

    def active(self) -> models.QuerySet[User]:
        """Those who can still sign in."""
        return self.filter(is_active=True)


class User(AbstractBaseUser):
    """A person who signs in. What they may do comes from their duties alone.

    `must_change_password` says the password was given by somebody else and is good for choosing another.
    """

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=120, blank=True, default="")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    last_login = None  # kept out: signing in is no change of the user

    objects = Users()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        db_table = "access_user"
        constraints = [
            models.CheckConstraint(condition=~models.Q(username=""), name="access_user_has_username"),
            models.UniqueConstraint(Lower("username"), name="access_user_one_whatever_case"),
        ]

    def __str__(self) -> str:
        return self.name


def canonical(username: str) -> str:
    """A user name as it is compared: the same for twins that differ in width, case or composition."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def add(username: str, name: str, password: str, *, unit: str = "", by: str, must_change: bool = False) -> User:
    """Add a user without duties. Raises Refusal for a taken name, one that looks like another, or a weak password."""
    user = User(username=username, name=name, unit=unit, must_change_password=must_change)
    _refuse_odd(username, name)
    if User.objects.called(username).exists():
        raise Refusal(f"用户名 {username} 已被使用。请换一个。", f"The username {username} is taken. Choose another.")
    _refuse_weak(password, user)
    user.set_password(password)
    with carry_out("access.users.add", by=by, payload=[username, name, unit]) as act:
        user.save()
        act.result = {"user": user.pk}
    return user


def _refuse_odd(username: str, name: str) -> None:
    if not USERNAME.fullmatch(username):
        raise Refusal(
            "用户名只能用字母、数字、汉字和 . _ - @ +。请改写。",
            "A username has letters of a to z, digits, Chinese characters and . _ - @ + only. Write it so.",
            "username",
        )
    if not name.strip() or any(unicodedata.category(letter).startswith("C") for letter in name):
        raise Refusal("请写明姓名,不要带不可见的字符。", "Say the name, without invisible characters.", "name")


def named(username: str) -> User:
    """The user of that name; Refusal when there is none."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Refusal(f"没有用户 {username}。请核对用户名。", f"There is no user {username}. Check the name.")
    return user


def enrol(people: Iterable[tuple[str, str, str]], *, password: str | None = None, by: str) -> list[User]:
    """Add many users (username, name, unit): with one password for all, or none until each is given one.

    Raises Refusal for a weak password.
    """
    if password is not None:
        _refuse_weak(password, None)
    stored = make_password(password)
    made = [User(username=username, name=name, unit=unit, password=stored) for username, name, unit in people]
    with carry_out("access.users.enrol", by=by, payload=[user.username for user in made]) as act:
        put_in(made)
        act.result = {"users": len(made)}
    return made


def change_password(user: User, password: str, *, by: str, must_change: bool = False) -> None:
    """Set another password; every session under the one before ends."""
    _refuse_weak(password, user)
    user.set_password(password)
    user.must_change_password = must_change
    with carry_out("access.users.change_password", by=by, payload=[user.username, must_change]):
        user.save(update_fields=["password", "must_change_password"])


def change_own_password(user: User, old: str, new: str) -> None:
    """Set one's own password. Raises Refusal when the old one is wrong, or the new one is the old."""
    if not check_password(old, user.password):
        raise Refusal("原密码不对。请重新输入。", "The present password is not right. Type it again.", "old")
    if old == new:
        raise Refusal("新密码与原密码相同。请换一个。", "The new password is the old one. Choose another.", "new")
    change_password(user, new, by=user.username)


def one_time_password() -> str:
    """A password for one sign-in: twelve letters and digits that are not taken for one another on paper."""
    return "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(3))


def reset_password(user: User, *, by: str) -> str:
    """Give a person a password for one sign-in, after which they choose their own; answers it, and keeps it nowhere."""
    once = one_time_password()
    change_password(user, once, by=by, must_change=True)
    return once


def close(user: User, *, by: str) -> None:
    """End a user's access at once; what they did keeps their name."""
    with carry_out("access.users.close", by=by, payload=[user.username]):
        user.is_active = False
        user.save(update_fields=["is_active"])


def reopen(user: User, *, by: str) -> None:
    """Let a person whose access was closed sign in again, with the duties still in force."""
    with carry_out("access.users.reopen", by=by, payload=[user.username]):
        user.is_active = True
        user.save(update_fields=["is_active"])


def _refuse_weak(password: str, user: Any) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        reasons = " ".join(error.messages)
        raise Refusal(
            f"密码太弱:{reasons} 请换一个更长、不常见的密码。",
            f"The password is too weak: {reasons} Choose a longer, less common one.",
        ) from error


class Backend:
    """Signing in by name and password. Takes as long for an unknown name as for a wrong password."""

    def authenticate(self, request: Any, username: str = "", password: str = "", **_: Any) -> User | None:
        """The user, or None."""
        user = User.objects.called(username).filter(is_active=True).first()
        if user is None:
            User().set_password(password)
            return None
        return user if check_password(password, user.password) else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session; one whose access was closed is none."""
        return User.objects.active().filter(pk=user_id).first()
