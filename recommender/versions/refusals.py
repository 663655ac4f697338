"""Why a version was refused, in plain sentences for everybody; the exact reasons stay in the admin."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By the name of the condition that failed; in the order of the gate.
_SENTENCES: dict[str, Promise] = {
    "servable": _("It could not be loaded whole, so it could not have answered."),
    "latency": _("It took too long to answer."),
    "data": _("Too little spoke for it yet: it waits for more people’s choices."),
    "choices": _("What it learnt from did not look like the choices of people."),
    "concentration": _("One title was chosen for more different searches than is believable."),
    "pages": _("What it learnt from came from pages unlike those shown here."),
    "training": _("Learning changed too much at once."),
    "quality": _("On searches it had not seen it found less often what people chose."),
    "slices": _("It answered some kinds of searches worse: the frequent, the rare or the new ones."),
    "exact titles": _("Not every title that is searched for by its exact name came first."),
    "misspelt titles": _("It found misspelt titles less well."),
    "never-seen themes": _("It answered themes that nobody has typed yet less well."),
    "slow decay": _("Over several versions it had lost too much of what earlier ones could do."),
    "diversity": _("It showed too few different titles."),
    "off-policy": _("On pages shown before it would have been chosen from less often."),
    "targeted lift": _("One title rose further than those who chose it can account for."),
}
_UNKNOWN = _("It did not meet one of the conditions for serving.")


def sentence(condition: str) -> str:
    """condition: its name; one that is not known, as of an older version, has words too."""
    return str(_SENTENCES.get(condition, _UNKNOWN))
