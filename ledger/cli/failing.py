"""What the command line ends with where something is not there."""


class NotThere(Exception):
    """What was asked for is not in the ledger; `code` is the refusal's, the text its sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({code})")
        self.code = code


def unknown(code: str) -> NotThere:
    """The end of a read that found nothing."""
    from ledger.problems import title_of

    return NotThere(code, title_of(code))
