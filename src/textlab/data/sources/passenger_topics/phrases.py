"""The sentences of a message. A name in braces is a slot, which one of the words under that name in `WORDS` fills."""

# The sentences that decide each topic. The part of each that `RULES` names occurs nowhere else.
TOPICS: dict[str, tuple[str, ...]] = {
    "delay": (
        "We left {time} behind schedule",
        "Our plane to {city} was {time} late",
        "The departure was pushed back by {time}",
        "We sat on the tarmac for {time}",
        "Because of the late arrival we missed our connection in {city}",
    ),
    "cancellation": (
        "You cancelled my flight to {city} without a reason",
        "The flight on {day} was called off at the last minute",
        "Our return journey was scrapped on {day}",
        "There was no plane at all on {day}",
    ),
    "baggage": (
        "My suitcase never arrived in {city}",
        "One of our bags came back with a broken handle",
        "The luggage is still missing after {day}",
        "Somebody had opened my backpack, and {thing} was gone",
        "You charged me twice for a checked bag",
    ),
    "refund": (
        "I want my money back",
        "Please reimburse the price of the ticket",
        "Nobody has answered my claim for compensation",
        "The refund that you promised on {day} has not come",
    ),
    "staff": (
        "The woman at the gate was {rude}",
        "Your crew ignored us for {time}",
        "The attendant answered me in a {rude} tone",
        "A steward laughed at my question about {thing}",
        "The agent on the phone hung up on me",
    ),
    "seat": (
        "My legs did not fit behind the row in front",
        "You moved me away from the window that I had chosen",
        "The armrest was broken and the cushion was wet",
        "We were not placed next to our children",
    ),
    "meal": (
        "The sandwich tasted of nothing",
        "There was no vegetarian dish left",
        "The coffee was cold and the bread was stale",
        "You ran out of water before {city}",
    ),
    "website": (
        "The app crashes when I check in",
        "Your website does not accept my password",
        "The booking page shows an error since {day}",
        "I cannot download the boarding pass",
    ),
}

# Sentences that decide nothing, although they share words with those above.
ASIDES = (
    "I travelled to {city} with {thing}",
    "My family waited for me at the gate in {city}",
    "The flight itself was calm",
    "I booked the ticket on {day}",
    "The weather in {city} was fine",
    "I have flown with you for years",
    "I was late for work on {day} anyway",
    "My brother has a website about {city}",
    "We spent our money on {thing}",
    "I like a seat at the window",
    "I had my own sandwich and some coffee with me",
    "I carried only one small bag",
    "My phone number has not changed since {day}",
    "Nobody asked me about {thing}",
)
GREETINGS = ("Hello,", "Good morning,", "Dear team,", "To whom it may concern:", "Hi,")
CLOSINGS = ("Regards", "Thank you for reading", "I hope to hear from you", "Bye", "Yours")
WORDS: dict[str, tuple[str, ...]] = {
    "city": ("Lisbon", "Oslo", "Geneva", "Porto", "Vienna", "Dakar", "Montreal", "Naples"),
    "day": ("Monday", "Tuesday", "Friday", "Sunday", "the third of May", "New Year's Day"),
    "time": ("two hours", "forty minutes", "half a day", "three and a half hours", "ninety minutes"),
    "thing": ("a violin", "an umbrella", "two books", "my laptop", "a box of tea", "a pair of skis"),
    "rude": ("rude", "cold", "unfriendly", "mocking"),
}

# What decides each topic: a message has the topic if one of these occurs in it.
RULES: dict[str, tuple[str, ...]] = {
    "delay": ("behind schedule", "Our plane to", "pushed back", "tarmac", "late arrival"),
    "cancellation": ("cancelled", "called off", "scrapped", "no plane"),
    "baggage": ("suitcase", "One of our bags", "luggage", "backpack", "checked bag"),
    "refund": ("money back", "reimburse", "compensation", "refund"),
    "staff": ("The woman at the gate", "crew", "attendant", "steward", "agent on the phone"),
    "seat": ("legs", "moved me away", "armrest", "placed next to"),
    "meal": ("tasted", "vegetarian", "stale", "ran out of water"),
    "website": ("app crashes", "Your website", "booking page", "boarding pass"),
}
