"""Access: who calls, which roles they have, how often they may ask, and what an admin did."""
