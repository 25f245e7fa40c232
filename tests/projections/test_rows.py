"""Rows in memory, and rows over others."""

from hypothesis import given
from hypothesis import strategies as st

from projections.orders import CartLine, CartRow, OrderRow
from projections.rows import BufferedRows, Cursor, MemoryRows, OverlaidRows, Rows


def cart(key: str, position: int, account: str = "acme", seats: int = 1) -> CartRow:
    """A row to keep."""
    line = CartLine("mail", "basic", seats)
    return CartRow(key=key, account=account, position=position, lines=(line,))


def filled() -> MemoryRows:
    """Three rows, put out of order."""
    rows = MemoryRows()
    for row in (cart("b", 2), cart("c", 1, "other"), cart("a", 2)):
        rows.put(row)
    return rows


def test_rows_are_kept_by_kind_and_key():
    """A row is found under its own kind and key until it is replaced or dropped."""
    rows = filled()
    assert rows.get(CartRow, "a") == cart("a", 2)
    assert rows.get(OrderRow, "a") is None

    rows.put(cart("a", 2, seats=5))
    assert rows.get(CartRow, "a") == cart("a", 2, seats=5)

    rows.delete(CartRow, "a")
    rows.delete(CartRow, "a")
    assert rows.get(CartRow, "a") is None


def test_pages_follow_one_another_without_gap_or_double():
    """Pages come by position, then key, and each begins after the last row of the one before."""
    rows, after, seen = filled(), None, []
    while page := rows.page(CartRow, after=after, limit=1):
        seen += [row.key for row in page]
        after = Cursor.of(page[-1])

    assert seen == ["c", "a", "b"]


def test_a_page_may_be_of_one_account():
    """Rows of other accounts are left out."""
    assert [row.key for row in filled().page(CartRow, account="acme")] == ["a", "b"]


def test_buffered_changes_leave_what_is_underneath():
    """Changes are seen through the buffer, listed by it, and not made underneath."""
    under = filled()
    rows = BufferedRows(under)
    rows.put(cart("a", 2, seats=9))
    rows.delete(CartRow, "b")

    assert rows.get(CartRow, "a") == cart("a", 2, seats=9)
    assert rows.get(CartRow, "b") is None
    assert rows.get(CartRow, "c") == cart("c", 1, "other")
    assert rows.changes == {(CartRow, "a"): cart("a", 2, seats=9), (CartRow, "b"): None}
    assert under.get(CartRow, "b") == cart("b", 2)


changes = st.lists(
    st.tuples(
        st.sampled_from("abcdef"), st.sampled_from(["acme", "other", None]), st.integers(1, 3)
    ),
    max_size=12,
)
"""Which rows are put and for whom, or dropped where for nobody."""


def change(rows: Rows, made: list[tuple[str, str | None, int]]) -> None:
    """Put and drop rows; the position of a row never changes."""
    for key, account, quantity in made:
        if account is None:
            rows.delete(CartRow, key)
        else:
            rows.put(cart(key, 1 + ord(key) % 3, account, quantity))


@given(changes, changes, st.none() | st.integers(1, 7))
def test_overlaid_rows_are_read_as_if_they_had_been_written(below, above, limit):
    """All pages, of all accounts or one, are those of rows that hold the changes themselves."""
    under, written = MemoryRows(), MemoryRows()
    change(under, below)
    change(written, below + above)
    overlaid = OverlaidRows(under)
    change(overlaid, above)

    for account in (None, "acme"):
        after = None
        while True:
            page = overlaid.page(CartRow, account=account, after=after, limit=limit)
            assert page == written.page(CartRow, account=account, after=after, limit=limit)
            if not page:
                break
            after = Cursor.of(page[-1])
