"""Reading forms: the name of a file that ends in its middle is refused, not mended."""

from django.http.multipartparser import MultiPartParser, MultiPartParserError


class StrictParser(MultiPartParser):
    """Django's, which leaves a NUL out of a file's name: no honest client sends one."""

    def sanitize_file_name(self, file_name: str) -> str | None:
        if "\x00" in file_name:
            raise MultiPartParserError("The name of a file holds a NUL.")
        return super().sanitize_file_name(file_name)
