"""One transaction a request, within the reader's scope; whatever goes wrong leaves nothing written."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from doudi.access import factors, scope
from doudi.values.refusals import Refusal
from doudi.web import errors, gates
from doudi.web.phone import gate
from doudi.web.reader import read_as
from doudi.web.shell import county

OPEN = (  # what needs nobody to be signed in
    *("/sign-in/", "/sign-out/", "/language/", "/health/", "/static/"),
    *("/notices/", "/robots.txt"),
    *("/m/sw.js", "/m/manifest.webmanifest", "/m/words."),
    *("/notices/", "/told/", "/robots.txt"),
    "/gateways/",  # signed by the gateway itself
)
OPEN_PAGES = ("/m/",)  # these, and nothing below them
DOORS = "/sign-in/"  # a wrong password is counted for good: the page opens its own transactions
Answer = Callable[[HttpRequest], HttpResponse]


class ScopeMiddleware:
    """Signed-in readers see what their duties cover; others are sent to sign in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, in one transaction."""
        if "\0" in request.path:  # no text of the database holds one: to ask it breaks off, whichever page asks
            raise Http404
        if request.path.startswith(DOORS) or request.path == gate.PAIR:
            return _kept_nowhere(self.get_response(request))
        with transaction.atomic():
            county()  # read before anything can fail, so that even a failure's page bears the demo mark
            return _kept_nowhere(self._answer(request))

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN) or request.path in OPEN_PAGES:
            return self._view(request)
        if gate.is_api(request) and gate.token_of(request):
            return self._of_device(request)
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if gates.lapsed(request):
            return _to_sign_in(request, lapsed=True)
        device = factors.device_of(request.user)
        if gates.owes_code(request, device):
            return _to(request, gates.CODE)
        reader = read_as(request.user, on=timezone.localdate())
        request.reader = reader  # type: ignore[attr-defined]
        if first := gates.first(request, reader, enrolled=device is not None):
            return _to(request, first)
        with scope.enter(reader.scope):
            return self._view(request)

    def _of_device(self, request: HttpRequest) -> HttpResponse:
        """A telephone sees what its owner's duties cover; one that is not known is told why and keeps what it holds."""
        today = timezone.localdate()
        try:
            device = gate.known(request, on=today)
        except Refusal as refusal:
            return gate.refused(refusal, 401)
        request.user = device.user
        reader = read_as(device.user, on=today)
        request.reader = reader  # type: ignore[attr-defined]
        with scope.enter(reader.scope):
            return self._view(request)

    def _view(self, request: HttpRequest) -> HttpResponse:
        """Written for good only when it is no error. A failed statement undoes the savepoint, so the scope can end."""
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal is told in its own words; everything else is left to Django."""
        if not isinstance(exception, Refusal):
            return None
        return gate.refused(exception) if gate.is_api(request) else errors.refused(request, exception)


def _kept_nowhere(response: HttpResponse) -> HttpResponse:
    """No browser and nothing between keeps a page that speaks of people, nor takes one reader's for another's."""
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Cookie", "HX-Request"])
    return response


def _to_sign_in(request: HttpRequest, *, lapsed: bool = False) -> HttpResponse:
    """To the form and back to the page."""
    wanted = request.get_full_path() if request.method == "GET" else "/"
    return _to(request, "/sign-in/?" + urlencode({"next": wanted[:500]} | ({"lapsed": "1"} if lapsed else {})))


def _to(request: HttpRequest, page: str) -> HttpResponse:
    """To another page; a part of a page asks the browser to load the whole again, a telephone its owner to sign in."""
    if gate.is_api(request):
        return gate.refused(gate.NO_SESSION, 401)
    return HttpResponse(status=401) if request.headers.get("HX-Request") == "true" else HttpResponseRedirect(page)
