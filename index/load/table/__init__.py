"""Tables of any format to blocks: each row with its header."""
