"""A challenger from newer data, and the decision whether it replaces the champion."""
