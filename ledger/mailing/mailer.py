"""The follower that sends letters: takes them from the log, then hands them to the post.

A letter counts as sent once that is remembered; a crash in between sends it again under the same
Message-ID. A mail server that is away delays letters and loses none.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from events.accounts import PersonForgotten
from events.envelope import Recorded
from ledger import logs
from ledger.clock import Clock
from ledger.codec.mapper import recorded
from ledger.mailing.letters import Letter, Surroundings, language_of, letters_of, message
from ledger.mailing.outbox import Lent, LetterStatus, Outbox, Settled
from ledger.mailing.posting import LetterRefused, Post, PostUnavailable
from ledger.store.contract import READ_LIMIT, Store
from ledger.store.drafts import PersonRow
from ledger.store.errors import StoreError
from projections.accounts import AccountRow
from projections.plans import PlanVersionRow, plan_version_key
from projections.rows import Reader
from projections.subscriptions import SubscriptionRow

PAUSE_MAX_S = 900
"""The longest pause between two tries of a letter."""

LEND_S = 120
"""How long a letter is one process's alone; longer than a mail server may take over it."""

SellerName = Callable[[str], str]
"""The name of a catalogue's seller."""


class Mailer:
    """Sends the letters of one ledger; several may run at once.

    `rows` are the views, brought up to the log's end before a letter is written.
    """

    def __init__(
        self,
        store: Store,
        rows: Reader,
        seller_name: SellerName,
        outbox: Outbox,
        post: Post,
        sender: str,
        clock: Clock,
    ) -> None:
        self._store = store
        self._rows = rows
        self._seller_name = seller_name
        self._outbox = outbox
        self._post = post
        self._sender = sender
        self._clock = clock
        self._owed: list[Settled] = []
        self._unsent: list[str] = []
        self._doubted: datetime | None = None

    def begin(self) -> None:
        """Start with what happens from now on, where letters were never taken before."""
        self._outbox.begin(self._store.head())

    def take(self) -> int:
        """Take the letters that the log calls for; how many were new."""
        taken = 0
        while (seen := self._outbox.progress()) is not None:
            found = self._store.read_log(after=seen, limit=READ_LIMIT)
            if not found:
                break
            events = [recorded(stored) for stored in found]
            self._forget(events)
            letters = [letter for event in events for letter in letters_of(event, self._buyer)]
            if self._outbox.take(letters, seen, found[-1].position):
                taken += len(letters)
        return taken

    def _forget(self, events: Sequence[Recorded]) -> None:
        """Drop what the post still keeps of letters to persons who are forgotten."""
        for event in events:
            if isinstance(event.fact, PersonForgotten):
                for message_id in self._outbox.sent_to(str(event.account), event.fact.person):
                    self._post.forget(message_id)

    def send(self) -> int:
        """Send the letters whose time has come; how many are settled."""
        count = 0
        self._remember()
        while True:
            now = self._clock.now()
            # Until the reply is here, whether a letter was lent is not known.
            self._doubted = now + timedelta(seconds=LEND_S)
            lent = self._outbox.next_letter(now, self._doubted)
            self._doubted = None
            if lent is None:
                return count
            try:
                count += self._send(lent)
            except StoreError:
                # Nothing went out, or it is owed: the letter need not wait until it was lent for.
                self._unsent.append(lent.letter.message_id)
                raise

    def _send(self, lent: Lent) -> bool:
        """Send a letter; whether it is settled, and not to be tried again."""
        letter = lent.letter
        reader = self._reader(letter)
        if reader is None:
            self._post.forget(letter.message_id)
            return self._settle(letter, "dropped", None, "the person was forgotten")
        try:
            decided, around = self._decided(letter), self._around(letter)
            self._post.send(message(letter, decided, reader, self._sender, around))
        except LetterRefused as refused:
            return self._settle(letter, "refused", reader, refused.reason)
        except PostUnavailable as unavailable:
            return self._delay(lent, unavailable.reason)
        except StoreError:
            raise
        except Exception as error:  # whatever is wrong with one letter must hold up no other
            # Its kind alone: what an exception says of a letter may name the reader.
            failed = type(error).__name__
            logs.logger().error("letter_failed", message_id=letter.message_id, error=failed)
            return self._delay(lent, failed)
        self._settle(letter, "sent", reader)
        # Whoever is forgotten from here on is seen by `take`, which now finds the reader.
        if self._reader(letter) is None:
            self._post.forget(letter.message_id)
        return True

    def _settle(
        self,
        letter: Letter,
        status: LetterStatus,
        reader: PersonRow | None,
        reason: str | None = None,
    ) -> bool:
        person = None if reader is None else reader.person
        settled = Settled(status, self._clock.now(), reason, person, letter.message_id)
        self._owed.append(settled)
        self._remember()
        return True

    def _remember(self) -> None:
        """Write down what became of letters, also of those from before the database was away."""
        while self._owed:
            self._outbox.settle(self._owed[0])
            self._unsent = [one for one in self._unsent if one != self._owed[0].message_id]
            del self._owed[0]
        while self._unsent:
            self._outbox.delay(self._unsent[0], self._clock.now(), "the database was away")
            del self._unsent[0]
        if self._doubted is not None:
            self._outbox.give_back(self._doubted, self._clock.now())
            self._doubted = None

    def _delay(self, lent: Lent, reason: str) -> bool:
        pause_s = min(2 ** min(lent.tries - 1, 20), PAUSE_MAX_S)
        until = self._clock.now() + timedelta(seconds=pause_s)
        self._outbox.delay(lent.letter.message_id, until, reason)
        return False

    def _buyer(self, order: str) -> str | None:
        """The person who placed an order; None where that was the seller."""
        row = self._store.claim("order", order)
        stored = None if row is None else self._store.read_event(row.position)
        return None if stored is None else recorded(stored).actor.person

    def _reader(self, letter: Letter) -> PersonRow | None:
        if letter.person is not None:
            return self._store.person(letter.account, letter.person)
        account = self._rows.get(AccountRow, letter.account)
        return None if account is None else self._store.person(letter.account, account.owner)

    def _decided(self, letter: Letter) -> Sequence[Recorded]:
        stored = self._store.read_event(letter.position)
        if stored is None:
            raise LookupError(f"the log has no position {letter.position}")
        return [recorded(one) for one in self._store.events_of(stored.command_id)]

    def _around(self, letter: Letter) -> Surroundings:
        account = self._rows.get(AccountRow, letter.account)
        if account is None:
            raise LookupError(f"the views have no account {letter.account}")

        def title(subscription: str) -> str:
            sub = self._rows.get(SubscriptionRow, subscription)
            if sub is None:
                return subscription
            key = plan_version_key(account.catalogue, sub.plan, sub.plan_version)
            version = self._rows.get(PlanVersionRow, key)
            return sub.plan if version is None else version.terms.title

        return Surroundings(
            seller=self._seller_name(account.catalogue),
            language=language_of(account.details.country),
            plan_title=title,
        )
