"""The text of a PDF that fpdf2 wrote, read back from the file: what each page shows, and of which letters."""

import re
import zlib


def text_of(pdf: bytes) -> str:
    """Every shown piece of text in its order, a line each; line breaks within paragraphs are lines too."""
    objects = dict(re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL))
    named = re.search(rb"/Font <<(.*?)>>", pdf, re.DOTALL)
    assert named is not None, "a page without fonts"
    letters = {
        font: _letters(objects[re.search(rb"/ToUnicode (\d+)", objects[number])[1]])  # type: ignore[index]
        for font, number in re.findall(rb"/(F\d+) (\d+) 0 R", named[1])
    }
    return "\n".join(line for content in _contents(pdf) for line in _lines(content, letters))


def _contents(pdf: bytes) -> list[bytes]:
    """The content of each page."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    inflated = [zlib.decompress(item) for item in streams if item[:1] == b"x"]
    return [item for item in inflated if b" Tf ET" in item]


def _lines(content: bytes, letters: dict[bytes, dict[int, str]]) -> list[str]:
    lines, font = [], b""
    for chosen, shown in re.findall(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", content, re.DOTALL):
        if chosen:
            font = chosen
            continue
        raw = re.sub(rb"\\(.)", _unescaped, shown, flags=re.DOTALL)
        codes = [int.from_bytes(raw[place : place + 2]) for place in range(0, len(raw), 2)]
        lines.append("".join(letters[font][code] for code in codes))
    return lines


def _unescaped(found: re.Match[bytes]) -> bytes:
    return {b"r": b"\r", b"n": b"\n"}.get(found[1], found[1])


def _letters(cmap: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", cmap)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}
