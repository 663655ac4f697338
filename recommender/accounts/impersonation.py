"""Names that would be taken for somebody who looks after the site, however they are spelt.

Two names look alike if their skeletons are the same: letters that are drawn alike are one letter. A small extract of
what Unicode Technical Standard 39, "Unicode Security Mechanisms", section 4, does for all of Unicode, and digits in
place of letters beside it.
"""

import re
import unicodedata

from django.contrib.auth.models import User

_OFFICES = "admin administrator marquee moderator root staff superuser support sysadmin system webmaster".split()
_BESIDE = "official service site team the".split()  # add to the claim, and are none alone
_CAPITALS = str.maketrans("АВЕКМНОРСТУХІЈЅΑΒΕΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXIJSABEHIKMNOPTYX")  # Cyrillic, Greek
_SMALL = str.maketrans(
    # Cyrillic, Greek, letters with strokes, and what is a letter to whoever wants it to be; l, I, 1 and | are one
    "авгезикмнопрстухѕіјԁԛԝһ" "αβγεηικμνορτυχωϲ" "ıłøđɡɑ" "l1|!0345@$78",
    "abresnkmhonpctyxsijdqwh" "abyenikmvoptuxwc" "iiodga" "iiiioeasastb",
)  # fmt: skip


def looks_official(name: str) -> bool:
    """Whether the name is an office's, "Admin", "r00t", "The Marquee Team", or that of somebody on the staff."""
    if _OFFICIAL.fullmatch(_skeleton(name.rstrip("0123456789 "))) or _OFFICIAL.fullmatch(_skeleton(name)):
        return True
    staff = User.objects.filter(is_staff=True).values_list("username", flat=True)
    return _skeleton(name) in set(map(_skeleton, staff)) - {""}


def _skeleton(name: str) -> str:
    """Letters and digits only, without marks; "rn" is "m", "vv" is "w"."""
    small = unicodedata.normalize("NFKC", name).translate(_CAPITALS).casefold()
    plain = unicodedata.normalize("NFKD", small).translate(_SMALL)
    letters = "".join(sign for sign in plain if sign.isalnum())
    return letters.replace("rn", "m").replace("vv", "w")


_OFFICE, _OTHER = ("|".join(map(_skeleton, words)) for words in (_OFFICES, _BESIDE))
_OFFICIAL = re.compile(f"(?:{_OTHER})*(?:{_OFFICE})(?:{_OFFICE}|{_OTHER})*")
