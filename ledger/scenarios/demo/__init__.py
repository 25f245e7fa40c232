"""Five demo accounts of five vendors, each with a history of its own that ends now.

For: something to look at. Not for: rules, which are the catalogues'.
"""

from ledger.scenarios.demo.loading import Loaded, load_demo

__all__ = ["Loaded", "load_demo"]
