"""Bytes to records: strict UTF-8, strict quotes, and the line at which every record starts.

A fault here ends the import. Behind a broken character or quote nobody can say where the next
record begins, and guessing is how three rows become one without a word.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from catalog.importing.report import ImportRefused

MAX_CELL_CHARACTERS = 128 * 1024
MAX_LINE_CHARACTERS = 8 * 1024 * 1024
MAX_RECORDS = 5_000_000

# Only what CSV calls a line break: str.splitlines would also cut at U+2028 and form feeds.
LINE_BREAK = re.compile(r"\r\n?|\n")


def text_lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """Lines with their ends, split at CR, LF or CRLF; a byte order mark is dropped.

    Raises ImportRefused, naming the line, for bytes that are not UTF-8, NUL, and endless lines.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    n_lines, rest = 0, ""
    for block in chain(blocks, [None]):
        try:
            text = decoder.decode(block or b"", final=block is None)
        except UnicodeDecodeError as error:
            before = rest + error.object[: error.start].decode("utf-8", "ignore")
            line = n_lines + 1 + len(LINE_BREAK.findall(before))
            raise ImportRefused(
                f"line {line}: byte 0x{error.object[error.start]:02X} is not UTF-8."
                " The file has another encoding (Windows-1252 or Latin-1?) or mixes two: save it as UTF-8."
            ) from None
        text = rest + text
        if "\0" in text:
            line = n_lines + 1 + len(LINE_BREAK.findall(text[: text.index("\0")]))
            raise ImportRefused(
                f"line {line}: NUL byte. The file is damaged, or encoded as UTF-16: save it as UTF-8."
            )
        end = 0
        for line_break in LINE_BREAK.finditer(text):
            if line_break.group() == "\r" and line_break.end() == len(text) and block is not None:
                break  # the next block may begin with the LF of this CRLF
            yield text[end : line_break.end()]
            n_lines, end = n_lines + 1, line_break.end()
        rest = text[end:]
        if len(rest) > MAX_LINE_CHARACTERS:
            raise ImportRefused(f"line {n_lines + 1}: no line break in {MAX_LINE_CHARACTERS:,} characters.")
    if rest:
        yield rest


def records(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """(line it starts at, cells) of every record, blank lines left out; the header comes first.

    Raises ImportRefused, naming the line, for quotes that do not close and cells beyond the limit.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)  # for the whole process; it is the default, said aloud
    reader = csv.reader(lines, strict=True)
    n_records, start = 0, 1
    try:
        for cells in reader:
            if cells:
                n_records += 1
                if n_records > MAX_RECORDS:
                    raise ImportRefused(f"line {start}: more than {MAX_RECORDS:,} rows; split the file.")
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise ImportRefused(_explain(str(error), start, reader.line_num)) from None


def _explain(error: str, start: int, line: int) -> str:
    record = f"line {start}" if start == line else f"line {start} (the record that ends at line {line})"
    if "field limit" in error:
        return f"{record}: a cell is larger than {MAX_CELL_CHARACTERS // 1024} KB, or its quote never closes."
    if "unexpected end" in error:
        return f"line {start}: a quote is opened here and never closed."
    if "expected after" in error:
        return f"{record}: text follows a closing quote; a quote is not closed, or one in a cell not doubled."
    return f"{record}: not valid CSV ({error})."
