"""`seatledger serve`: HTTP on this computer."""

from contextlib import suppress
from typing import Annotated

import typer

from ledger.cli import output
from ledger.cli.opening import settings_of


def serve(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; 0: any that is free.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo accounts first.")] = False,
) -> None:
    """Serve HTTP on this computer, keep the views up to date, and do the due work."""
    import signal

    from ledger import logs
    from ledger.catalogues.publishing import publish_shipped
    from ledger.host.opened import open_ledger
    from ledger.mailing import SmtpPost
    from ledger.scenarios.demo import load_demo
    from ledger.serve import PortTaken, listen
    from ledger.serve import serve as serve_ledger
    from ledger.settings import LOCALHOST

    logs.configure()
    settings = settings_of(context)
    if settings.smtp_url is not None:
        try:
            SmtpPost(settings.smtp_url)
        except ValueError as problem:
            output.complain(f"SEATLEDGER_SMTP_URL: {problem}")
            raise typer.Exit(output.EXIT_USAGE) from None
    try:
        usual = settings.port if port is None else port
        bound = listen(usual, exactly=port is not None)
    except PortTaken as taken:
        output.complain(str(taken))
        raise typer.Exit(output.EXIT_FAILED) from None
    # uvicorn lets its requests end and raises the signal again: then all else is to end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), bound, open_ledger(settings) as ledger:
        output.say(f"Ledger: {ledger.place}", flush=True)
        if demo:
            from ledger.cli.demo import tell

            tell(load_demo(ledger))
        elif published := publish_shipped(ledger.service):
            output.say(f"Published the shipped catalogues: {', '.join(published)}")
        number = bound.getsockname()[1]
        if port is None and number != usual:
            output.say(f"Port {usual} is taken, so it is {number}.")
        output.say(
            f"Serving on http://{LOCALHOST}:{number} for this computer only: whoever reaches it may"
            " do everything, as there are no keys yet."
        )
        address = f"http://{LOCALHOST}:{number}"
        output.say(f"  {address}/v1/accounts   {address}/v1/renewals   {address}/openapi.json")
        output.say("Stop with Ctrl-C.", flush=True)
        serve_ledger(ledger, settings, bound)
    output.say("Stopped.")
