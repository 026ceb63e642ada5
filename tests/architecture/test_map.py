"""The map of README.md and the code name the same things."""

import pytest

from tests.architecture import map as the_map


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return the_map.sections()


class TestMap:
    @pytest.mark.parametrize(
        "section", ["contexts", "rest", "soap", "web", "queues", "schedules", "tables", "buckets", "states", "alarms"]
    )
    def test_is_what_the_code_says(self, made, section):
        written = the_map.written(the_map.README.read_text(encoding="utf-8"), section)

        assert written == made[section], (
            f"README.md, section {section}: run `make map`; it should read\n{made[section]}"
        )

    def test_has_every_section(self, made):
        assert set(made) == {
            "contexts",
            "rest",
            "soap",
            "web",
            "queues",
            "schedules",
            "tables",
            "buckets",
            "states",
            "alarms",
        }

    def test_leaves_no_route_out(self):
        drawn = the_map.soap() + the_map.web()

        assert all(f"`{route}`" in drawn for route in the_map.other_routes())

    def test_names_every_primitive_with_a_handler(self):
        from chalicelib.nodo.dispatch import PRIMITIVE

        assert all(f"`{name}`" in the_map.soap() for name in PRIMITIVE)


class TestMarkers:
    def test_must_stand_once_for_each_section(self):
        with pytest.raises(ValueError, match="section rest needs"):
            the_map.pasted("no markers", {"rest": "x"})

    def test_hold_what_is_made(self):
        text = the_map.pasted("a <!-- map:x -->\nold\n<!-- /map:x --> b", {"x": "new"})

        assert the_map.written(text, "x") == "new"
        assert text.endswith("<!-- /map:x --> b")
