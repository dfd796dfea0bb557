import pytest

pytest.importorskip("aiohttp", reason="the live page needs the extra [web]")
