"""What becomes of log records on their way out."""

import logging


class WithoutTraceback(logging.Filter):
    """For what a stranger can provoke at will and the site has refused: one line of WARNING that says who asked what.

    On a logger a filter sees only what is logged there, not what comes up from those below.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        request = getattr(record, "request", None)
        if request is not None:
            record.msg, record.args = "%s %r refused: %s", (request.method, request.path, record.getMessage())
        return True
