"""What becomes of photos of somebody who is taken out of the event while they are on their way."""

import pytest

from tests.support.sending import Sender, photo
from tests.support.show import Show

PHOTO, OTHER, LAST = photo(seed=1), photo(seed=2), photo(seed=3)


@pytest.fixture
def rui(here: Show) -> Sender:
    return Sender(here)


def test_what_a_removed_member_was_sending_is_refused_and_what_had_arrived_stays(rui: Sender) -> None:
    there, cleaned, coming = rui.send(PHOTO), rui.attach(OTHER), rui.attach(LAST)
    assert rui.patch(OTHER).headers["upload-complete"] == "?1"
    rui.show.do("hui", "member.remove", id="rui")
    rui.work()
    hui = Sender(rui.show, "hui")
    assert hui.attachment(there)["state"] == "ready"
    for each in (cleaned, coming):
        assert (hui.attachment(each)["state"], hui.attachment(each)["reason"]) == ("refused", "left")
    assert rui.blob(OTHER).parts == []
