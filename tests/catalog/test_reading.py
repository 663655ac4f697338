"""Lines come out the same however the bytes are cut into blocks."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importing.reading import records, text_lines
from catalog.importing.report import ImportRefused

CELLS = st.text(st.sampled_from(list('ab,"\r\n\u2028é😀\f')), max_size=8)


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=5),
    st.integers(1, 7),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_is_written_is_read_back_in_blocks_of_any_size(rows: list[list[str]], size: int, line_end: str):
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    content = stream.getvalue().encode()
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    assert [cells for _, cells in records(text_lines(blocks))] == rows


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_line_of_a_broken_byte_is_right_at_every_cut(size: int):
    content = "a,b\r\nc,é\rd,e\n".encode() + b"f,\xff\n"
    with pytest.raises(ImportRefused, match=r"^line 4: byte 0xFF"):
        list(text_lines([content[start : start + size] for start in range(0, len(content), size)]))


def test_a_line_that_never_ends_is_refused_in_linear_time():
    with pytest.raises(ImportRefused, match="line 1: no line break"):
        list(text_lines(b"x" * 2**20 for _ in range(2**11)))
