"""People over time: what a robot has to know of them besides their skeletons, and what goes on."""

from .event import GONE, OVER, STOPPED, UNKNOWN, Event, Evidence, Phase
from .judging import judge
from .loading import SHIPPED, load_rules
from .rule import Parameter, Rule
from .watch import Watch
from .zones import Zone, load_zones

__all__ = [
    "GONE",
    "OVER",
    "SHIPPED",
    "STOPPED",
    "UNKNOWN",
    "Event",
    "Evidence",
    "Parameter",
    "Phase",
    "Rule",
    "Watch",
    "Zone",
    "judge",
    "load_rules",
    "load_zones",
]
