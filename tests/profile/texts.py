"""Random profiles as people write them: comments everywhere, every style of value, anchors, aliases, merges."""

from hypothesis import strategies as st

PLAIN = [
    "1",
    "0.5",
    "-3",
    "on",
    "no",
    "~",
    "null",
    "",
    "0x1F",
    "1_000",
    "1e3",
    "2001-02-03",
    "hello",
    "two words",
    ".5",
]
QUOTED = ["'on'", '"a # b"', "'it''s'", '"tab\\t\\u00e9"', "''", "'1'"]
KEYS = ["kind", "model", "select", "'1'", "'on'", "fist", "größe", '"x: y"', "no_rest"]


class Writer:
    """Writes one document, drawing each choice."""

    def __init__(self, draw):
        self.draw, self.lines, self.anchors, self.sections, self.count = draw, [], [], [], 0

    def chance(self, one_in):
        return self.draw(st.integers(1, one_in)) == one_in

    def comment(self):
        self.count += 1
        return f"#{self.draw(st.sampled_from([' ', '', ' # ']))}c{self.count}"

    def end(self, line):
        self.lines.append(line + (f"  {self.comment()}" if self.chance(3) else ""))

    def between(self, indent):
        if self.chance(4):
            self.lines.append("")
        if self.chance(4):
            self.lines.append(" " * indent + self.comment())

    def anchor(self, of_section=False):
        if not self.chance(4):
            return ""
        self.count += 1
        (self.sections if of_section else self.anchors).append(f"a{self.count}")
        return f" &a{self.count}"

    def scalar(self):
        return self.draw(st.sampled_from([*PLAIN[:7], *PLAIN[8:], *QUOTED]))

    def flow(self):
        items = [
            self.draw(st.sampled_from(["1", "'b'", "{k: 1}", "[x, y]", "on"]))
            for _ in range(self.draw(st.integers(0, 3)))
        ]
        return f"[{', '.join(items)}]"

    def mapping(self, indent, depth, keys=KEYS):
        step = self.draw(st.sampled_from([2, 4]))
        chosen = self.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4, unique=True))
        merge = self.chance(4) and self.sections
        if merge:
            self.end(f"{' ' * indent}<<: *{self.draw(st.sampled_from(self.sections))}")
        for key in chosen:
            self.between(indent)
            self.value(f"{' ' * indent}{key}:", indent, step, depth)

    def value(self, head, indent, step, depth):
        inner = " " * (indent + step)
        kind = self.draw(
            st.sampled_from(["scalar", "scalar", "section", "flow", "lines", "list", "block", "alias", "map"])
        )
        if kind == "section" and depth:
            before = len(self.sections)
            self.end(head + self.anchor(of_section=True))
            new, self.sections = self.sections[before:], self.sections[:before]  # not to be used inside of itself
            self.mapping(indent + step, depth - 1)
            self.sections += new
        elif kind == "flow":
            self.end(f"{head}{self.anchor()} {self.flow()}")
        elif kind == "map":
            self.end(f"{head} {{k: 1, 'on': [a, b]}}")
        elif kind == "lines":
            self.end(f"{head} [")
            for item in ("a", "{do: press, button: b}"):
                self.between(indent + step)
                self.end(f"{inner}{item},")
            self.end(f"{inner}]")
        elif kind == "list":
            self.end(head)
            inner = self.draw(st.sampled_from([" " * indent, inner]))
            for _ in range(self.draw(st.integers(1, 3))):
                self.between(len(inner))
                self.end(f"{inner}- {self.draw(st.sampled_from(['a', '{k: 1}', 'k: 1', '[1, 2]', 'on']))}")
        elif kind == "block":
            self.lines.append(head + self.draw(st.sampled_from([" >", " |", " >-", " |+", " | # not lost"])))
            self.lines += self.draw(
                st.sampled_from([[f"{inner}one # text", f"{inner}two"], [f"{inner}a", "", f"{inner}  b", ""]])
            )
        elif kind == "alias" and self.anchors:
            self.end(f"{head} *{self.draw(st.sampled_from(self.anchors))}")
        else:
            self.end(f"{head}{self.anchor()} {self.scalar()}".rstrip())


@st.composite
def profiles(draw):
    """The text of a document that is a mapping."""
    writer = Writer(draw)
    if draw(st.booleans()):
        writer.lines += [writer.comment(), ""]
    writer.mapping(0, 2, ["emgctl", "user", "decoder", "mapping", "outputs", *KEYS[:3]])
    writer.between(0)
    text = "\n".join(writer.lines) + draw(st.sampled_from(["\n", "", "\n\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
