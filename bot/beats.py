"""What the program does by itself, again and again, and how often."""

from functools import partial

from bot import transcribing
from bot.bells import Bells
from bot.clock import Ticks
from bot.county.rule_tables import RuleTables
from bot.files import Files
from bot.health.watch import Watch
from bot.hooks import Hooks
from bot.intake import Intake
from bot.keeping.counting import Counting
from bot.keeping.keys import Keys
from bot.keeping.reading_on import read_on
from bot.keeping.safekeeping import Safekeeping
from bot.tables.sent_tables import SentTables
from bot.transcribing import Transcriber
from handlers.rules import Rules
from storage.store import Store

#: Seconds between two beats.
WATCH_EVERY = 1
WAKE_EVERY, RING_EVERY, TABLES_EVERY, FETCH_EVERY = 2, 1, 2, 5
#: Minutes are the least that a card may go unnoticed.
ROUND_EVERY = 5
#: One beat puts fifty cards of a broadcast: what a channel sends in two seconds.
SPREAD_EVERY = 2
RULES_EVERY = 5
KEYS_EVERY, GAPS_EVERY, TIDY_EVERY = 15, 1200, 3600
#: Whoever was found unreachable since the morning is noticed by the next beat.
DIGESTS_EVERY = 300
#: A change of people shows at the next look.
ROUTES_EVERY = 60
#: Moves that wait are read one by one: few wait for this long.
ADD_UP_EVERY = 20
#: So much of the audit can be cut off and not be missed by the file beside the backups.
HEADS_EVERY = 600
#: That the database went back is told so soon.
PAST_EVERY = 60
#: A backup that is due waits for so long; of a large county it may take minutes.
BACKUPS_EVERY, BACKUPS_LAST = 60, 900
ROOM_EVERY = 5
#: Seconds that telling programs of a hundred things may take.
HOOKS_LAST = 150
#: Seconds that one film over a slow line, and what waits behind it, may take.
FETCH_LAST = 1200
#: Seconds after which who came by another process is known, and that reading all may take.
NAMES_EVERY, NAMES_LAST = 2, 600
#: Seconds that planning a whole county may take.
PLANS_LAST = 900


def set_beats(
    ticks: Ticks,
    *,
    store: Store,
    rules: Rules,
    intake: Intake,
    bells: Bells,
    watch: Watch,
    files: Files,
    tables: SentTables,
    rule_tables: RuleTables,
    hooks: Hooks,
) -> None:
    """Set every beat that each county has; what acts by the clock is held while it is doubted."""
    every, held, counting = ticks.every, watch.unless_held, Counting(store)
    every(WATCH_EVERY, "watch", watch.beat)
    # What is due
    every(RING_EVERY, "duties", held(bells.ring_duties))
    every(WAKE_EVERY, "drafts", held(bells.wake_due))
    every(DIGESTS_EVERY, "digests", held(bells.send_digests), lasts=PLANS_LAST)
    every(ROUTES_EVERY, "families", held(bells.ask_families))
    every(GAPS_EVERY, "schools", held(bells.ask_schools))
    every(GAPS_EVERY, "carers", held(bells.ring_carers))
    every(GAPS_EVERY, "gaps", held(bells.gaps))
    every(GAPS_EVERY, "daily", held(bells.daily))
    every(GAPS_EVERY, "leaving", held(bells.morning))
    every(TIDY_EVERY, "retention", held(bells.tidy))
    every(TIDY_EVERY, "letting-go", held(bells.let_go), lasts=PLANS_LAST)
    every(TIDY_EVERY, "rosters", held(tables.sweep))
    # What waits, whatever the hour
    every(GAPS_EVERY, "pages", held(bells.rest_pages))
    every(ROUTES_EVERY, "channels", bells.watch_channels)
    every(WAKE_EVERY, "moving", bells.give_up)
    every(ROUND_EVERY, "unnoticed", bells.look_after)
    every(WAKE_EVERY, "calls", bells.call_up)
    every(SPREAD_EVERY, "broadcasts", bells.spread)
    every(ROUTES_EVERY, "routes", bells.check_routes)
    every(TABLES_EVERY, "tables", tables.look)
    every(FETCH_EVERY, "files", files.fetch_due, lasts=FETCH_LAST)
    every(WAKE_EVERY, "hooks", hooks.send_due, lasts=HOOKS_LAST)
    # What changed meanwhile, here or by another process
    every(WAKE_EVERY, "plans", bells.plan_visits, lasts=PLANS_LAST)
    every(GAPS_EVERY, "strays", bells.check_visits)
    every(ROUTES_EVERY, "burden", intake.add_up_burden)
    every(ADD_UP_EVERY, "counting", counting.add_up, lasts=PLANS_LAST)
    every(GAPS_EVERY, "counting-right", counting.look)
    every(NAMES_EVERY, "names", partial(read_on, store, rules.roll.step), lasts=NAMES_LAST)
    every(RULES_EVERY, "rules", rule_tables.refresh)
    every(KEYS_EVERY, "keys", Keys(store).renew)


def set_transcripts(ticks: Ticks, transcriber: Transcriber) -> None:
    """Set the beat of a county that lets recordings be written down."""
    ticks.every(
        FETCH_EVERY, "transcripts", transcriber.transcribe_due, lasts=transcribing.WALL_SECONDS
    )


def set_safekeeping(ticks: Ticks, keeping: Safekeeping) -> None:
    """Set the beats of a county whose memory must outlive its machine."""
    ticks.every(HEADS_EVERY, "heads", keeping.note_head)
    ticks.every(PAST_EVERY, "past", keeping.look_back)
    ticks.every(BACKUPS_EVERY, "backups", keeping.back_up, lasts=BACKUPS_LAST)
    ticks.every(ROOM_EVERY, "room", keeping.keep_room)
