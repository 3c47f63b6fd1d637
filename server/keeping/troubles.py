"""What a keeper of the server is told when something can't be done."""


class KeepingError(Exception):
    """It can't be done, and nothing was changed. The message is for a person at a terminal, in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")
