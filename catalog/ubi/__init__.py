"""The learning log in the words of others: User Behavior Insights 1.3, the format of OpenSearch."""

from catalog.ubi.documents import pseudonym
from catalog.ubi.export import event_lines, query_lines
from catalog.ubi.schema import schema_of
from catalog.ubi.selection import BadPosition, Position, Selection

__all__ = ["BadPosition", "Position", "Selection", "event_lines", "pseudonym", "query_lines", "schema_of"]
