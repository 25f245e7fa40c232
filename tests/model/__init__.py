"""An independent model of the ledger's money, written from the CONTRACT and not from the code."""
