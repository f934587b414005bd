"""The aspects that passengers talk about, with their names and their negative and positive adjectives.

Opinions are pairs of pools indexed by label: negative, positive. No phrase here contains a negator or a contrast word,
so the tags `negation` and `contrast` depend on the sentence templates alone.
"""

from dataclasses import dataclass

from textlab.data.sources.air_paradis.grammar.draft import Pool


@dataclass(frozen=True)
class Aspect:
    """An aspect of a flight on which passengers have opinions.

    Attributes:
        subjects: its names, as the subject of a sentence.
        opinions: negative and positive adjectives.
    """

    subjects: Pool
    opinions: tuple[Pool, Pool]


# Subjects that take "were"; everything else takes "was".
PLURAL = frozenset(
    (
        *("the flight attendants", "the pilots", "the pursers", "the stewards", "the toilets"),
        *("the seats", "the fares", "the snacks"),
    )
)

# Opinions that fit every aspect and so occur in every context.
GENERAL_OPINIONS = (
    Pool(
        ("terrible", "awful", "horrible", "bad", "dreadful", "poor", "disappointing", "annoying", "pathetic"),
        ("atrocious", "abysmal", "lousy", "woeful"),
    ),
    Pool(
        ("great", "lovely", "excellent", "wonderful", "fantastic", "good", "brilliant", "amazing", "perfect"),
        ("stellar", "splendid", "superb", "delightful"),
    ),
)

ASPECTS: dict[str, Aspect] = {
    "crew": Aspect(
        Pool(
            ("the crew", "the cabin crew", "the flight attendants", "your ground staff", "the pilots"),
            ("the pursers", "the stewards"),
        ),
        (
            Pool(("rude", "grumpy", "dismissive", "impatient", "careless"), ("surly", "condescending")),
            Pool(("kind", "friendly", "helpful", "patient", "attentive"), ("courteous", "thoughtful")),
        ),
    ),
    "luggage": Aspect(
        Pool(
            ("the baggage service", "the luggage handling", "the bag drop", "the baggage desk"),
            ("the carousel", "the lost property desk"),
        ),
        (
            Pool(("chaotic", "careless", "slow", "unreliable", "sloppy"), ("haphazard",)),
            Pool(("careful", "quick", "reliable", "organised", "efficient"), ("meticulous",)),
        ),
    ),
    "delay": Aspect(
        Pool(
            ("the departure", "the connection", "the arrival", "the timing of flight {number}"),
            ("the turnaround", "the layover"),
        ),
        (
            Pool(("late", "delayed", "slow", "messy", "unpredictable"), ("sluggish",)),
            Pool(("punctual", "prompt", "smooth", "quick", "well planned"), ("seamless",)),
        ),
    ),
    "seat": Aspect(
        Pool(("my seat", "the seats", "the seat in row {row}", "the exit row"), ("the legroom", "the headrest")),
        (
            Pool(("cramped", "broken", "uncomfortable", "stiff", "worn out"), ("lumpy", "rickety")),
            Pool(("comfortable", "roomy", "soft", "spacious", "cosy"), ("plush", "generously padded")),
        ),
    ),
    "refund": Aspect(
        Pool(
            ("the refund", "the refund process", "the refund for flight {number}", "the claim form"),
            ("the compensation", "the reimbursement"),
        ),
        (
            Pool(("slow", "unfair", "stingy", "endless", "confusing"), ("laughable",)),
            Pool(("fast", "fair", "generous", "painless", "simple"), ("effortless",)),
        ),
    ),
    "app": Aspect(
        Pool(("the app", "your website", "the online check-in", "the new app"), ("the chatbot", "the kiosk")),
        (
            Pool(("buggy", "slow", "useless", "glitchy", "confusing"), ("clunky", "laggy")),
            Pool(("intuitive", "quick", "reliable", "clear", "handy"), ("slick", "snappy")),
        ),
    ),
    "food": Aspect(
        Pool(
            ("the food", "dinner", "the breakfast", "the vegetarian meal", "the snacks", "the coffee"),
            ("the dessert", "the curry"),
        ),
        (
            Pool(("stale", "bland", "cold", "inedible", "soggy"), ("rubbery", "greasy")),
            Pool(("tasty", "fresh", "delicious", "filling", "yummy"), ("scrumptious", "flavourful")),
        ),
    ),
    "price": Aspect(
        Pool(
            ("the price", "the fares", "the bag fee", "the ticket to {city}", "the seat fee"),
            ("the upgrade fee", "the booking charge"),
        ),
        (
            Pool(("outrageous", "unfair", "ridiculous", "steep", "misleading"), ("extortionate", "inflated")),
            Pool(("fair", "reasonable", "honest", "affordable", "transparent"), ("modest", "unbeatable")),
        ),
    ),
    "service": Aspect(
        Pool(
            ("customer service", "the hotline", "the help desk", "the support team"),
            ("the switchboard", "the concierge desk"),
        ),
        (
            Pool(("useless", "clueless", "unresponsive", "rude", "slow"), ("incompetent", "evasive")),
            Pool(("helpful", "responsive", "polite", "competent", "quick"), ("resourceful", "obliging")),
        ),
    ),
    "cabin": Aspect(
        Pool(("the cabin", "the toilets", "the plane", "the wifi on board"), ("the upholstery", "the galley")),
        (
            Pool(("dirty", "noisy", "smelly", "shabby", "freezing"), ("grimy", "musty")),
            Pool(("clean", "quiet", "spotless", "modern", "bright"), ("immaculate", "airy")),
        ),
    ),
    "boarding": Aspect(
        Pool(
            ("boarding", "check-in", "the boarding at gate {gate}", "the transfer in {city}"),
            ("the security lane", "disembarking"),
        ),
        (
            Pool(("chaotic", "hectic", "confusing", "slow", "stressful"), ("shambolic",)),
            Pool(("smooth", "calm", "easy", "quick", "orderly"), ("breezy",)),
        ),
    ),
}
