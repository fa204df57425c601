"""`doudi serve`: the application for browsers, until Ctrl-C."""

from __future__ import annotations

import errno
import multiprocessing
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click

from doudi.cli import certificates, databases, frame, options, workers
from doudi.cli.certificates import Papers
from doudi.cli.home import Home, locked
from doudi.values.refusals import Refusal

PORT = 8000
TRIES = 20
MOST = 4  # processes
CONNECTIONS = 48  # of the embedded database's 60, for threads that answer; the rest is for the worker and for commands


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), envvar="DOUDI_PORT", help="Default: the first free from 8000.")
@click.option("--processes", type=click.IntRange(1, MOST), help=f"Default: one a core, at most {MOST}.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 40), help="Of each process.")
@click.option("--demo", is_flag=True, help="Make the demo county first when there is no county yet.")
@click.option("--tls", is_flag=True, help="Speak HTTPS with the home's certificate (doudi certificate).")
@click.pass_context
def serve(
    ctx: click.Context, host: str, port: int | None, processes: int | None, threads: int, demo: bool, tls: bool
) -> None:
    """Serve this home. Ctrl-C stops it; whatever was answered is kept, however it stops."""
    processes = processes or min(MOST, len(os.sched_getaffinity(0)))
    _refuse_too_many(processes, threads)
    home = frame.open_home(ctx)
    papers = certificates.of_server(home, on=options.now()) if tls else None
    with _alone(home) as note:
        told = demo and _make_demo(ctx)
        chosen = _free_port(host, port)
        address = _address(host, chosen, papers)
        os.ftruncate(note, 0)
        os.pwrite(note, f"{os.getpid()} {address}\n".encode(), 0)
        _announce(address, home, accounts=not told)
        _serve(host, chosen, processes, threads, papers)
    click.echo("Stopped; everything is kept.", err=True)


def _refuse_too_many(processes: int, threads: int) -> None:
    """Each thread keeps a connection. Raises Refusal where the embedded database has none for all of them."""
    if databases.named() or processes * threads <= CONNECTIONS:
        return
    most = CONNECTIONS // processes
    raise Refusal(
        f"{processes} 个进程 × {threads} 个线程要{processes * threads}个数据库连接,内置数据库只供 {CONNECTIONS} 个。"
        f"请改为 --threads {most} 或更少,减少 --processes,或用 DOUDI_DATABASE_URL 连接自己的数据库服务器。",
        f"{processes} processes of {threads} threads ask for {processes * threads} connections, and the embedded"
        f" database has {CONNECTIONS} for them. Say --threads {most} or fewer, name fewer --processes, or name a"
        " database server of your own in DOUDI_DATABASE_URL.",
        "--threads",
    )


@contextmanager
def _alone(home: Home) -> Iterator[int]:
    """One server a home; the lock goes with the process, however it ends."""
    place = home.path / "serving.lock"
    try:
        with locked(place, wait=False) as descriptor:
            yield descriptor
    except BlockingIOError as error:
        pid, _, address = place.read_text(encoding="ascii").strip().partition(" ")
        raise Refusal(
            f"数据目录 {home.path} 已在运行:{address}(进程 {pid})。请直接打开该地址,或先停止它,或另设 DOUDI_HOME。",
            f"The home {home.path} is being served already at {address} (process {pid})."
            " Open that address, stop it first, or name another DOUDI_HOME.",
        ) from error


def _make_demo(ctx: click.Context) -> bool:
    """Make the demo county where there is none; answers whether that was done (and its accounts told)."""
    from doudi.places import counties

    if counties.present() is not None:
        return False
    from doudi.cli.main import doudi

    frame.progress("Making the demo county (once; a few minutes) ...")
    command = doudi.get_command(ctx, "demo")
    if command is None:
        raise Refusal("本版本没有演示县。", "This installation has no demo county.")
    ctx.invoke(command)
    return True


def _free_port(host: str, wanted: int | None) -> int:
    """The port asked for, or the first free one from 8000."""
    for port in [wanted] if wanted else range(PORT, PORT + TRIES):
        if _is_free(host, port):
            if port != (wanted or PORT):
                frame.progress(f"Port {PORT} is in use by another program; using {port}.")
            return port
    number = wanted or f"{PORT}-{PORT + TRIES - 1}"
    raise Refusal(
        f"端口 {number} 已被其他程序占用。请用 --port 另选一个。",
        f"Port {number} is in use by another program. Choose another with --port.",
    )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return True
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Refusal(
                f"无法在 {host}:{port} 监听:{error.strerror}。请用 --host、--port 另选。",
                f"{host}:{port} cannot be listened on: {error.strerror}. Choose others with --host and --port.",
            ) from error


def _announce(address: str, home: Home, *, accounts: bool) -> None:
    """Where it is, and for a demonstration who can sign in."""
    from doudi.places import counties

    county = counties.present()
    click.echo(f"\n  doudi 兜底  {address}\n  data: {home.path}")
    if county is None:
        click.echo("  no county yet: doudi init, or doudi demo")
    elif county.demo and accounts:
        from doudi.register.demo import loading

        click.echo("  demo county (synthetic); sign in as:")
        for row in loading.shown_accounts():
            click.echo(f"    {row['username']:<12}{row['password']:<18}{row['role']:<18}{row['name']}")
    click.echo("  Ctrl-C stops it.\n")


def _address(host: str, port: int, papers: Papers | None) -> str:
    """What to open: over HTTPS by the name on the certificate, for no browser trusts another."""
    name = certificates.names_of(papers.certificate)[0] if papers else host
    return f"{'https' if papers else 'http'}://{f'[{name}]' if ':' in name else name}:{port}/"


def _names(host: str, papers: Papers | None) -> str:
    """The names a browser may call us by, unless DOUDI_HOSTS says others: any, when we listen on every address."""
    if host in ("0.0.0.0", "::"):  # noqa: S104
        return "*"
    return ",".join(["localhost,127.0.0.1,[::1]", host, *(certificates.names_of(papers.certificate) if papers else [])])


def _serve(host: str, port: int, processes: int, threads: int, papers: Papers | None) -> None:
    """Granian, with the application in processes of its own that end with this one.

    One process of Python uses one core, however many threads it has (docs/decisions/0091).
    """
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    connections.close_all()
    multiprocessing.set_start_method("spawn")  # a fork would share our locks, and keep them after we are killed
    os.environ["DOUDI_SERVED_BY"] = str(os.getpid())
    os.environ.setdefault("DOUDI_HOSTS", _names(host, papers))
    if papers:
        os.environ["DOUDI_HTTPS"] = "1"
    server = Granian(
        "doudi.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        ssl_cert=papers.certificate if papers else None,
        ssl_key=papers.key if papers else None,
    )
    with workers.beside():
        server.serve()


commands = [serve]
