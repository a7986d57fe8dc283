"""The venue's state, the order heartbeat, and what a change of them lets go. docs/rules.md, 8."""

from __future__ import annotations

from . import requests
from .codes import Alert, Heartbeat, VenueState
from .parts import after
from .state import State


def seen(st: State, state: int, lasts_ns: int) -> bool:
    """A state announced or seen; `lasts_ns`: how long, 0 when the venue did not say."""
    c = st.config
    if state == VenueState.NORMAL and st.venue == VenueState.NORMAL:
        return True
    if state == VenueState.NORMAL and st.venue == VenueState.POST_ONLY and st.after_restart:
        return False
    if state == VenueState.NORMAL and st.venue == VenueState.RESTARTING:
        state = VenueState.POST_ONLY  # two post-only minutes follow a restart
    if state == VenueState.NORMAL:
        _go(st, state, 0)
    elif state == VenueState.POST_ONLY:
        _go(st, state, after(lasts_ns if lasts_ns > 0 else c.post_only_ns, st.now))
    else:
        _go(st, state, after(lasts_ns if lasts_ns > 0 else c.venue_retry_ns, st.now))
    return True


def timed_out(st: State) -> None:
    """No further sign for the state's time: try, post-only first."""
    if st.venue == VenueState.POST_ONLY:
        _go(st, VenueState.NORMAL, 0)
    else:
        _go(st, VenueState.POST_ONLY, st.now + st.config.post_only_ns)


def _go(st: State, state: int, until_ns: int) -> None:
    st.venue_until_ns = until_ns
    if state == st.venue:
        return
    came_up = st.after_restart or st.venue == VenueState.RESTARTING
    st.after_restart = state == VenueState.POST_ONLY and came_up
    st.venue = state
    st.alert(Alert.VENUE_STATE, aux=state)
    for order in st.in_turn():
        requests.serve(st, order)


def heartbeat(st: State, beat: int) -> bool:
    """The order heartbeat: healthy or lost."""
    healthy = beat == Heartbeat.HEALTHY
    changed = healthy != st.heartbeat_ok
    st.heartbeat_ok = healthy
    if changed and not healthy:
        st.alert(Alert.HEARTBEAT_LOST)
    return True
