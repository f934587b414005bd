"""Phrases that fit every aspect: slot values, neutral context, verdicts, interjections and intensifiers."""

from textlab.data.sources.air_paradis.grammar.draft import Pool

# Values of slots that any template may use. Like Air Paradis, the rivals are fictional.
SLOTS: dict[str, tuple[str, ...]] = {
    "city": (
        *("Lisbon", "Paris", "Rome", "Oslo", "Vienna", "Dublin", "Madrid", "Athens", "Berlin", "Prague"),
        *("Montreal", "Malaga", "Lyon", "Tunis", "Geneva", "Porto", "Dakar", "Boston", "Warsaw", "Seville"),
    ),
    "rival": ("Skyline Jet", "Voltara Air", "Cumulo Wings", "Zephyrline"),
    "bag": ("suitcase", "bag", "backpack", "stroller", "guitar case"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "daypart": ("morning", "afternoon", "evening", "week", "weekend"),
    "time": tuple(f"{hour}:{minute:02d}" for hour in range(5, 23) for minute in range(0, 60, 5)),
    "number": tuple(str(number) for number in range(101, 990, 7)),
    "gate": tuple(f"{pier}{number}" for pier in "ABCDE" for number in range(1, 40, 3)),
    "row": tuple(str(row) for row in range(2, 42)),
    "few": ("two", "three", "four", "five", "six", "2", "3", "4", "5", "10"),
    "hours": ("two", "three", "four", "five", "six", "2", "3", "4", "5", "6", "7"),
    "minutes": ("10", "15", "20", "25", "30", "40", "45", "50", "55", "twenty", "thirty", "forty"),
    "days": ("two", "three", "four", "2", "3", "4"),
    "weeks": ("five", "six", "seven", "5", "6", "8", "9", "11"),
    "amount": ("15", "25", "30", "40", "45", "60", "75", "80", "120"),
    "nth": ("second", "third", "fourth", "2nd", "3rd"),
    "companion": ("my wife", "my husband", "my mum", "my boss", "my sister", "my dad", "the man in row {row}"),
    "letter": tuple("ABCDEF"),
    "airline": ("@AirParadis", "Air Paradis", "Air Paradis"),
}

# Follow a subject; they separate a negator from the word it negates.
CIRCUMSTANCES = (
    "on flight {number}",
    "this {daypart}",
    "on our trip to {city}",
    "between {city} and {city}",
    "last {day}",
    "on my way to {city}",
    "when we flew to {city}",
    "on the {time} to {city}",
)

# Sentences without an opinion.
CONTEXTS = Pool(
    (
        "flight {number} to {city}",
        "{city} to {city} on {day}",
        "row {row}, window side",
        "travelling with two kids",
        "gate {gate}, {time}",
        "my third trip this year",
        "writing this from {city}",
        "flew {airline} for the first time",
        "back from {city} since {day}",
        "booked on {day}, flew on {day}",
        "that was the {time} from {city}",
        "on board with {companion}",
        "seat {row}{letter}",
        "we left {city} at {time}",
        "changed planes in {city}",
        "does flight {number} always go from gate {gate}?",
        "who else is in {city} today?",
        "is flight {number} the one via {city}?",
    ),
)

# Neutral words that open a sentence.
OPENERS = Pool(
    (
        *("so", "ok", "well", "update:", "honestly,", "for the record,", "hey {airline},", "dear {airline},"),
        *("just landed in {city}:", "small review:", "to {airline}:", "after {hours} hours on board:", "fyi,"),
        *("as {companion} said,", "one more thing:", "about {airline}:", "today,", "this {daypart},"),
    ),
)
INTERJECTIONS = (
    Pool(("ugh,", "argh,", "sigh,", "oh dear,", "good grief,"), ("grr,",)),
    Pool(("wow,", "yay,", "hooray,", "aww,", "oh my,"), ("woohoo,",)),
)

INTENSIFIERS = Pool(
    ("really", "so", "absolutely", "truly", "incredibly", "very", "totally", "quite simply"),
    ("remarkably", "utterly"),
)

# Sentences with a clear opinion, alone or in support of another sentence.
VERDICTS = (
    Pool(
        (
            "I want my money back",
            "shame on you",
            "please sort this out",
            "you lost a customer today",
            "what a {opinion} airline",
            "what a {opinion} flight to {city}",
            "the worst trip I have had in years",
            "I regret flying with {airline}",
            "{airline}, you should be ashamed",
            "I am so fed up with {airline}",
            "I hate flying with {airline}",
            "I will warn all my friends about {airline}",
            "flying with {airline} is a {opinion} experience",
            "this is a complaint",
        ),
        ("I have had it with {airline}", "you owe me an apology", "steer clear of {airline}, people"),
    ),
    Pool(
        (
            "I will happily fly with you again",
            "thank you so much",
            "please keep it up",
            "you won a customer today",
            "what a {opinion} airline",
            "what a {opinion} flight to {city}",
            "the best trip I have had in years",
            "I enjoyed flying with {airline}",
            "{airline}, you should be proud",
            "I am so happy with {airline}",
            "I love flying with {airline}",
            "I will recommend {airline} to all my friends",
            "flying with {airline} is a {opinion} experience",
            "this is a thank you note",
        ),
        ("hats off to {airline}", "you made my holiday", "a round of applause for {airline}, people"),
    ),
)
