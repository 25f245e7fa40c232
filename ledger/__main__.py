"""`python -m ledger` is `seatledger`."""

from ledger.cli.main import main

if __name__ == "__main__":
    main()
