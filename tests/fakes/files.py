"""What is written in a file that the program gave away."""

import io
import re
import zipfile


def words_in(file: bytes) -> str:
    """All words of a paper, a workbook or a page, without the marks around them."""
    if not zipfile.is_zipfile(io.BytesIO(file)):
        return file.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        parts = (packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
        return "\n".join(re.sub(r"<[^>]*>", "", part) for part in parts)
