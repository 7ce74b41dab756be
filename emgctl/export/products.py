"""Products of matrices as a microcontroller computes them fast: a block of results at once, in registers.

A loop for each result loads two numbers for each multiplication; a block of four by four loads half a one. Each result
is still the same sum in the same order, to the last bit.
"""

from __future__ import annotations

import re

_PRODUCT = re.compile(
    r"""^(?P<margin>\ *)for\ \(idx_t\ (?P<row>\w+)\ =\ 0;\ (?P=row)\ <\ (?P<rows>\d+);\ \+\+(?P=row)\)\ \{\n
\ *for\ \(idx_t\ (?P<column>\w+)\ =\ 0;\ (?P=column)\ <\ (?P<columns>\d+);\ \+\+(?P=column)\)\ \{\n
\ *float\ acc\ =\ 0\.0f;\n
\ *for\ \(idx_t\ k\ =\ 0;\ k\ <\ (?P<terms>\d+);\ \+\+k\)\ \{\n
\ *acc\ \+=\ (?P<left>\w+(?:\[\w+\])*\[k\])\ \*\ (?P<right>\w+(?:\[\w+\])*\[k\]\[(?P=column)\]);\n
\ *\}\n
\ *(?P<result>\w+(?:\[\w+\])+)\ =\ acc;\n
\ *\}\n
\ *\}\n""",
    re.MULTILINE | re.VERBOSE,
)
_ROWS, _RESULTS = 4, 16  # at once: with what they need of a row and a column they fill 24 of 32 registers


def with_blocks(code: str) -> str:
    """The generated code with each product of matrices in blocks."""
    return _PRODUCT.sub(_in_blocks, code)


def _in_blocks(product: re.Match[str]) -> str:
    margin, row, column, left, right, result = product.group("margin", "row", "column", "left", "right", "result")
    rows, columns, terms = (int(product[name]) for name in ("rows", "columns", "terms"))
    high = _largest_divisor(rows, _ROWS)
    wide = _largest_divisor(columns, _RESULTS // high)
    cells = [(r, c) for r in range(high) for c in range(wide)]
    lines = [
        f"for (idx_t {row} = 0; {row} < {rows}; {row} += {high}) {{",
        f"    for (idx_t {column} = 0; {column} < {columns}; {column} += {wide}) {{",
        f"        float {', '.join(f's{r}_{c} = 0.0f' for r, c in cells)};",
        f"        const float *left = &{left.replace('[k]', '[0]')}, *right = &{right.replace('[k]', '[0]')};",
        f"        for (idx_t k = 0; k < {terms}; ++k, left += 1, right += {columns}) {{",
        *(f"            s{r}_{c} += left[{r * terms}] * right[{c}];" for r, c in cells),
        "        }",
        *(f"        {_moved(_moved(result, row, r), column, c)} = s{r}_{c};" for r, c in cells),
        "    }",
        "}",
    ]
    return "".join(f"{margin}{line}\n" for line in lines)


def _moved(value: str, index: str, by: int) -> str:
    return value.replace(f"[{index}]", f"[{index} + {by}]") if by else value


def _largest_divisor(number: int, most: int) -> int:
    return max(one for one in range(1, most + 1) if number % one == 0)
