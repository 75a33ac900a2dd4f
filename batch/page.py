"""The page over a batch, from its manifest; large batches get several, so that a browser can open them."""

from collections.abc import Sequence

from batch.manifest import Manifest
from reporting.contact import FailedStudy, contact_page

STUDIES_A_PAGE = 100
FIRST_PAGE = "index.html"


def write_pages(manifest: Manifest, failed: Sequence[FailedStudy]) -> None:
    """Write ``index.html``, and ``index-2.html`` and so on where there are more studies than one page shows;
    all studies of the manifest by their names, those that ``failed`` on the first page.

    Raises BadInputError where a note is damaged, and OSError.
    Nothing where none was read. The cards of one page alone are in memory at a time.
    """
    notes = manifest.notes()
    if not notes:
        return
    count = max(1, -(-len(notes) // STUDIES_A_PAGE))
    names = [FIRST_PAGE, *(f"index-{number}.html" for number in range(2, count + 1))]
    for number, name in enumerate(names):
        first = number * STUDIES_A_PAGE
        cards = list(manifest.cards(notes[first : first + STUDIES_A_PAGE]))
        page = contact_page(cards, failed if number == 0 else (), names, number, len(notes))
        manifest.storage.write(name, page.encode())
