"""The sheet as files: from plain rows to bytes. Nothing here knows a database; what takes long is done aside."""
