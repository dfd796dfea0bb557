"""The pages do what they say: their commands run one after another, in a folder with what they speak of."""

import pytest
from documents import DOCUMENTS, NEEDS, ROOT, START, blocks, indented, name
from running import folder_of_reader, run

ENGLISH = [page for page in DOCUMENTS if "ko" not in page.parts and page.name != "README.ko.md"]  # the same commands
PAGES = [page for page in ENGLISH if any(block.lines() and not block.needs for block in blocks(page))]
PAGES.remove(ROOT / "docs" / "states.md")  # test/cli/test_states_tutorial.py looks at what it leaves as well


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_works(page, tmp_path):
    run(page, folder_of_reader(tmp_path))


@pytest.mark.parametrize("page", DOCUMENTS, ids=name)
def test_every_block_says_what_it_is(page):
    """So that none is passed over: what is not run is marked, with a reason that is known."""
    assert not indented(page), "code stands between ```, where it can say what it is"
    for block in blocks(page):
        assert block.language in {"sh", "python", "yaml", "json", "xml", "cpp", "text"}, block.code
        assert set(block.needs) <= NEEDS.keys(), block.code
        assert page not in START or block.language != "yaml" or block.file, block.code
