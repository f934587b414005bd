"""The sentences of a letter. A name in braces is a slot, which one of the words under that name in `WORDS` fills."""

# What a letter asks for, by class, in several wordings. Each wording fits all frames below.
REQUESTS: dict[str, tuple[str, ...]] = {
    "refund": (
        "refund the fare",
        "pay back the price of the ticket",
        "return the money to my account",
        "reimburse the cost of the flight",
        "credit the full amount to my card",
    ),
    "rebooking": (
        "move the booking to a later date",
        "put us on another flight",
        "change the day of travel",
        "find seats on the next connection",
        "rebook the return journey",
    ),
    "baggage": (
        "find the missing suitcase",
        "send the bag to my address",
        "trace the lost luggage",
        "deliver the trunk to the hotel",
        "look for the case with the blue strap",
    ),
    "invoice": (
        "issue a corrected invoice",
        "post a receipt for the trip",
        "send a statement for my employer",
        "put the company's name on the bill",
        "provide proof of payment",
    ),
    "assistance": (
        "arrange a wheelchair at the gate",
        "reserve a place for the oxygen device",
        "provide help with boarding for my father",
        "let the guide dog travel in the cabin",
        "have a lift ready at the aircraft door",
    ),
}

# The sentence that decides the class: what the writer asks for now.
DECISIVE = (
    "I therefore ask you to {request}",
    "All that I want from you is that you {request}",
    "I would be grateful if you could {request}",
    "Would you please {request} this time",
    "What I am asking for in this letter is that you {request}",
    "My request is a simple one, namely to {request}",
    "I am writing so that you {request}",
    "Kindly {request} as soon as you can",
)
# A sentence of the same words that decides nothing: what somebody else asked for, or what the writer does not ask for.
DECOYS = (
    "I am not asking you to {request}",
    "You do not have to {request} for me",
    "A year ago I had to beg you to {request}",
    "My {relative} once wrote to you so that you {request}",
    "The man in front of us shouted that you should {request}",
    "There is no need any more to {request}",
    "Your colleague offered to {request}, which nobody had asked for",
    "Other airlines {request} without a word",
    "At that time you were quick to {request}",
    "Nobody expects you to {request} here",
)

GREETINGS = (
    "Dear Air Paradis team",
    "Dear Sir or Madam",
    "To the customer service of Air Paradis",
    "Good {daytime}",
    "Dear customer service",
)
CLOSINGS = ("Yours faithfully", "With kind regards", "Yours sincerely", "Best wishes from {city}", "Regards")

# What happened on the journey; it says nothing about the class.
STORY = (
    "We flew from {city} to {city} on a {weekday} in {month}",
    "My {relative} and I had looked forward to this trip since {month}",
    "The taxi to the airport took {number} minutes because of the {weather}",
    "At the counter {number} people stood in front of us, most of them with {thing}",
    "The woman at the desk was {mood} and told us about the {weather} in {city}",
    "We sat in row {number}, next to a family with {thing}",
    "For breakfast we were served {food} and {drink}",
    "The captain spoke about the {weather} for {number} minutes",
    "Behind us somebody sang, which my {relative} found rather {quality}",
    "The film on the small screen was {quality}, but the sound was {quality}",
    "A steward with a {colour} scarf brought {drink} and smiled",
    "Over {city} the clouds opened and we saw the {sight}",
    "My {relative} slept through the whole flight and dreamt of {food}",
    "The {sight} of {city} looked {quality} from above",
    "In the waiting room we talked about {thing} and ate {food}",
    "We have taken this route {number} times",
    "The announcement at gate {number} was hard to understand",
    "My {relative} has flown with you {number} times since {month}",
    "We landed {number} minutes after the time on the board",
    "The bus to the terminal was {quality} and smelt of {food}",
    "On {weekday} evening we walked to the {sight} and had {food}",
    "The hotel in {city} was {quality}, and its {sight} was famous",
    "A passenger in a {colour} coat had left {thing} on the seat",
    "The seat was {quality}, and the window looked out on the {sight}",
    "We talked to a teacher from {city} who collects {thing}",
    "The children next to us painted a {colour} aeroplane",
    "There was {drink} for everybody, although the {weather} had delayed the kitchen",
    "In {month} the airport of {city} is as {quality} as a railway station",
    "Your magazine had an article about {food} from {city}",
    "I have told this to my {relative}, who only laughed",
    "The crew was {mood}, and so were we",
    "On the way back the {weather} shook the aircraft for {number} minutes",
    "We had packed {thing}, {thing} and a {colour} umbrella",
    "The screen above the door showed the {weather} in {city}",
    "All this happened on a {weekday}, when the terminal is usually {quality}",
    "Somebody near the exit was {mood} about the {drink}",
)

WORDS: dict[str, tuple[str, ...]] = {
    "city": (
        *("Lisbon", "Oslo", "Porto", "Vienna", "Geneva", "Dublin", "Athens", "Riga", "Malta", "Prague", "Bergen"),
        *("Turin", "Seville", "Krakow", "Lyon", "Ghent"),
    ),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "month": ("January", "March", "April", "May", "June", "August", "September", "October", "December"),
    "daytime": ("morning", "afternoon", "evening", "day"),
    "relative": ("sister", "brother", "mother", "aunt", "uncle", "cousin", "daughter", "son", "neighbour"),
    "number": ("seven", "nine", "eleven", "twelve", "fourteen", "sixteen", "twenty", "thirty", "forty", "fifty"),
    "weather": ("rain", "fog", "wind", "snow", "heat", "storm", "frost", "hail"),
    "thing": ("newspapers", "postcards", "flowers", "a violin", "two skis", "old maps", "a kite", "sandwiches"),
    "mood": ("cheerful", "tired", "patient", "friendly", "nervous", "polite", "silent", "calm"),
    "food": ("fried rice", "warm bread", "apple cake", "tomato soup", "cold noodles", "goat cheese", "pancakes"),
    "drink": ("black tea", "orange juice", "coffee", "water", "hot chocolate", "lemonade"),
    "quality": ("small", "bright", "dull", "crowded", "quiet", "old", "elegant", "odd", "plain", "cold"),
    "colour": ("green", "yellow", "red", "grey", "purple", "white"),
    "sight": ("harbour", "castle", "cathedral", "river", "old town", "lighthouse", "garden", "bridge"),
}
