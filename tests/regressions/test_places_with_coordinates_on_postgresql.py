"""An area's latitude made every look at the areas fail on PostgreSQL."""

from policy.areas import AreaRow
from storage.store import Store


def test_a_place_keeps_where_it_is_on_both_engines(store: Store) -> None:
    row = AreaRow(
        id=1, parent_id=None, kind="county", name="云岭县", latitude=25.1, longitude=99.2
    )
    store.write(lambda work: work.places.replace([row])).result()
    seen = store.read(lambda reading: reading.places.load()).result()
    assert [(one.latitude, one.longitude) for one in seen] == [(25.1, 99.2)]
