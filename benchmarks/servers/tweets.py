"""The tweets of the requests."""

import json

TWEETS = [f"@airline flight {number} was late again, but the crew were lovely #thanks" for number in range(64)]
BODIES = [json.dumps({"text": tweet}) for tweet in TWEETS]
AT_ONCE = 16
BODIES_OF_SEVERAL = [json.dumps({"texts": (TWEETS[number:] + TWEETS)[:AT_ONCE]}) for number in range(len(TWEETS))]
