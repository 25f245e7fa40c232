"""Publishing catalogues: the command that does it, for the shipped ones and for any other file."""

from typing import Any

from commands.catalogue_file import CatalogueFile
from ledger.catalogues.files import load, shipped_names
from ledger.writer import SELLER, Intent, Service


def mapping_of(catalogue: CatalogueFile) -> dict[str, Any]:
    """A catalogue as `PublishPlan` takes it; what its file left out stays left out."""
    return catalogue.model_dump(mode="json", by_alias=True, exclude_unset=True)


def publication(catalogue: CatalogueFile) -> Intent:
    """The seller's command that publishes a catalogue."""
    return Intent("PublishPlan", {"catalogue": mapping_of(catalogue)}, SELLER)


def publish_shipped(service: Service) -> tuple[str, ...]:
    """Publish the shipped catalogues into a ledger that has none; the names of those."""
    if service.catalogues():
        return ()
    for name in shipped_names():
        service.handle(publication(load(name)))
    return shipped_names()
