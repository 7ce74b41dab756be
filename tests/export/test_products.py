"""Products of matrices in blocks give what the generated loops do, to the last bit."""

import subprocess

import pytest
from exported import COMPILERS, STRICT

from emgctl.export.products import with_blocks

SIZES = [(8, 8, 8), (1, 36, 7), (5, 3, 6), (4, 64, 12)]
LOOPS = """static void {name}(const float a[1][{rows}][{terms}], const float b[{terms}][{columns}], float out[1][{rows}][{columns}]) {{
    for (idx_t i0 = 0; i0 < 1; ++i0) {{
        for (idx_t i1 = 0; i1 < {rows}; ++i1) {{
            for (idx_t i2 = 0; i2 < {columns}; ++i2) {{
                float acc = 0.0f;
                for (idx_t k = 0; k < {terms}; ++k) {{
                    acc += a[0][i1][k] * b[k][i2];
                }}
                out[i0][i1][i2] = acc;
            }}
        }}
    }}
}}
"""  # noqa: E501 - as the generator writes it
COMPARE = """int main(void) {{
    static float a[1][{rows}][{terms}], b[{terms}][{columns}], x[1][{rows}][{columns}], y[1][{rows}][{columns}];
    for (int i = 0; i < {rows} * {terms}; i++)
        (&a[0][0][0])[i] = sinf((float)i);
    for (int i = 0; i < {terms} * {columns}; i++)
        (&b[0][0])[i] = cosf((float)(3 * i));
    loops(a, b, x);
    blocks(a, b, y);
    return memcmp(x, y, sizeof x) != 0 || x[0][{rows} - 1][{columns} - 1] == 0.0f;
}}
"""


@pytest.mark.slow
@pytest.mark.skipif(not COMPILERS, reason="there is no C compiler (Debian: gcc libc6-dev)")
@pytest.mark.parametrize(("rows", "terms", "columns"), SIZES)
def test_blocks_give_the_same_bits_as_loops(rows, terms, columns, tmp_path):
    sizes = {"rows": rows, "terms": terms, "columns": columns}
    loops = LOOPS.format(name="loops", **sizes)
    blocks = with_blocks(LOOPS.format(name="blocks", **sizes))
    assert "acc" not in blocks
    head = "#include <math.h>\n#include <stdint.h>\n#include <string.h>\ntypedef int32_t idx_t;\n"
    (tmp_path / "both.c").write_text(head + loops + blocks + COMPARE.format(**sizes))
    build = [COMPILERS[0], *STRICT, "-o", "both", "both.c", "-lm"]
    built = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    assert subprocess.run([tmp_path / "both"]).returncode == 0
