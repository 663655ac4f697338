"""What the document cannot say, case by case: why calls that it allows are refused, and the other way round.

A failure is dropped only where the answer gives the reason that stands here.
"""

import json
import re
from collections import Counter
from typing import Any, NamedTuple

POSITIVE, NEGATIVE = "Schema-valid request rejected", "Schema-violating request accepted"


class Rule(NamedTuple):
    """operation, field: of the problem document, whole; detail: how it begins. Regular expressions; "" for any
    operation, and for a problem without a field.
    """

    operation: str
    field: str
    detail: str
    why: str


RULES = [
    Rule("", "cursor", "", "a cursor is signed, or names a search of ours"),
    Rule("", "(year|runtime)_min", "The (first year|shortest running time)", "one end of a range against the other"),
    Rule("", ".*", "A search may have up to 100 filter values", "all lists of filters are counted together"),
    Rule("", "", "A request may have up to 1,000 parameters", "all parameters are counted together"),
    Rule("", ".*", ".* only genres and people can be excluded", "how each value between commas begins"),
    Rule("", "genres|people", "The .* is both asked for and left out", "a list against itself"),
    Rule("", "facets", "This field may not be blank", "white space is not counted"),
    Rule("", "item_id|also", "No title has the id|The id of a title is missing", "which titles there are"),
    Rule(
        "", "name|text|note|reason|description", ".*(blank|Null characters|Surrogate)", "what white space is, and NUL"
    ),
    Rule(
        "(analytics|export)_.*",
        "",
        "“until” must be later|At most 90 days|There is no week",
        "one end against the other",
    ),
    Rule("create_key", "expires", "A key ends in the future", "against the time of the call"),
    Rule("create_key|rotate_key", "", "There are 50 keys already", "how many there are"),
    Rule("say", "value|note", "A rating has a value|Only ", "one field asks for another, or forbids it"),
    Rule(
        "recommendations", "item_id|cursor", "Only because_you_liked|There is one page", "one field against another"
    ),
    Rule("roll_back_model", "version", "There is no version", "which versions there are"),
    Rule("delete_me", "password", "", "the password of the account"),
    Rule("create_rule|change_rule", "ends|position|points|text", "", "one field against another"),
    Rule("create_synonyms|change_synonyms", "words", "", "words against each other, and NUL"),
    Rule("create_webhook|change_webhook", "url", "This ", "which addresses are on the public internet"),
    Rule("send_titles", "", "", "rows against each other: all have the same fields, once each"),
]


n_dropped: Counter[str] = Counter()  # by why


def known(failure: Any, case: Any, response: Any) -> bool:
    """Whether a check failed for a reason that the document cannot tell. All three are Schemathesis's."""
    why = _why(failure, case, response)
    if why:
        n_dropped[why] += 1
    return bool(why)


def _why(failure: Any, case: Any, response: Any) -> str:
    operation = str(case.operation.definition.raw.get("operationId"))
    answer = _json(response.content)
    if failure.title == POSITIVE and response.status_code == 400:
        return next((rule.why for rule in RULES if _fits(rule, operation, answer)), "")
    if failure.title == NEGATIVE and operation == "send_events" and answer.get("rejected"):
        return "events stand alone: the answer to the batch names those that are not valid"
    if failure.title == NEGATIVE and "`maxLength`" in failure.message and _is_padded(case.body):
        return "white space around a text is not counted"
    return ""


def _is_padded(body: Any) -> bool:
    texts = [text for text in body.values() if isinstance(text, str)] if isinstance(body, dict) else []
    return any(text != text.strip() for text in texts)


def _fits(rule: Rule, operation: str, problem: dict[str, Any]) -> bool:
    return (
        re.fullmatch(rule.operation or ".*", operation) is not None
        and re.fullmatch(rule.field, problem.get("field", "")) is not None
        and re.match(rule.detail, problem.get("detail", "")) is not None
    )


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
