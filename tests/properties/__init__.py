"""Laws that hold over random histories of every catalogue."""
