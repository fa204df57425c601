"""Users: people with a name, a password and duties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models

from doudi.trail.commands import carry_out
from doudi.values.refusals import Refusal


class Users(BaseUserManager):
    """The questions asked about users."""

    def active(self) -> models.QuerySet[User]:
        """Those who can still sign in."""
        return self.filter(is_active=True)


class User(AbstractBaseUser):
    """A person who signs in. What they may do comes from their duties alone."""

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=120, blank=True, default="")
    is_active = models.BooleanField(default=True)
    last_login = None  # kept out: signing in is no change of the user

    objects = Users()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        db_table = "access_user"
        constraints = [models.CheckConstraint(condition=~models.Q(username=""), name="access_user_has_username")]

    def __str__(self) -> str:
        return self.name


def add(username: str, name: str, password: str, *, unit: str = "", by: str) -> User:
    """Add a user without duties. Raises Refusal for a taken name or a weak password."""
    user = User(username=username, name=name, unit=unit)
    if User.objects.filter(username=username).exists():
        raise Refusal(f"用户名 {username} 已被使用。请换一个。", f"The username {username} is taken. Choose another.")
    _refuse_weak(password, user)
    user.set_password(password)
    with carry_out("access.users.add", by=by, payload=[username, name, unit]) as act:
        user.save()
        act.result = {"user": user.pk}
    return user


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
        User.objects.bulk_create(made, batch_size=2_000)
        act.result = {"users": len(made)}
    return made


def change_password(user: User, password: str, *, by: str) -> None:
    """Set another password."""
    _refuse_weak(password, user)
    user.set_password(password)
    with carry_out("access.users.change_password", by=by, payload=[user.username]):
        user.save(update_fields=["password"])


def close(user: User, *, by: str) -> None:
    """End a user's access at once; what they did keeps their name."""
    with carry_out("access.users.close", by=by, payload=[user.username]):
        user.is_active = False
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
        user = User.objects.active().filter(username=username).first()
        if user is None:
            User().set_password(password)
            return None
        return user if check_password(password, user.password) else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session; one whose access was closed is none."""
        return User.objects.active().filter(pk=user_id).first()
