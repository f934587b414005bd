"""The purposes of the service's files of lines. A reader must name the purpose that the writer named.

The folders of traffic and of the shadow have the names of their purposes.
"""

FEEDBACK = "feedback"
TRAFFIC = "traffic"
SHADOW = "shadow"
