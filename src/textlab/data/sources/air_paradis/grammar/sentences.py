"""Sentence templates by phenomenon.

Slots: {subject} with {was} ("was", "were", "is", "are"), {past} ("was", "were"), {was_not}, {it} and {them};
{opinion} is an adjective with the polarity of the label, {opposite} one with the other polarity; {event} is an event.
All templates of negation, contrast and comparison serve both labels, so their own words do not give the label away.
"""

from textlab.data.sources.air_paradis.grammar.draft import Pool

# In these kinds, word order alone must decide the label.
ORDER_TAGS = frozenset(("negation", "contrast", "comparison", "sarcasm"))

STATEMENTS = Pool(
    (
        "{subject} {was} {opinion}",
        "{subject} {was} {opinion}",
        "{subject} {was} {opinion} and {second_opinion}",
        "{subject} {was} {opinion}, I found {them} {second_opinion}",
        "I found {subject} {opinion}",
        "I thought {subject} {was} {opinion}",
        "{subject} turned out {opinion}",
        "I would call {subject} {opinion}",
        "I would say {subject} {was} {opinion}",
        "I must say that {subject} {was} {opinion}",
        "everyone in row {row} agreed that {subject} {was} {opinion}",
        "{companion} called {subject} {opinion}",
        "{subject} {was} {opinion} from start to finish",
        "once again {subject} {was} {opinion}",
        "{opinion}, that is the word for {subject}",
        "all I remember is how {opinion} {subject} {was}",
    ),
    (
        "count me among those who find {subject} {opinion}",
        "if you ask me, {subject} {was} {opinion}",
        "{subject} struck us as {opinion}",
        "my verdict on {subject}: {opinion}",
    ),
)

EVENT_FRAMES = Pool(
    (
        "{event}",
        "{event}",
        "{event} on {day}",
        "{event} this {daypart}",
        "guess what, {event}",
        "{companion} and I flew to {city} and {event}",
        "{event} and {second_event}",
        "on flight {number} {event}",
    ),
    ("breaking: {event}", "true story from the {time} to {city}: {event}"),
)

QUESTIONS = Pool(
    (
        "why {was} {subject} so {opinion}?",
        "how can {subject} be this {opinion}?",
        "has anyone else found {subject} {opinion}?",
        "is it me or {was} {subject} {opinion}?",
        "can you believe that {event}?",
        "did you know that {event}?",
        "have I told you that {event}?",
        "do you see how {opinion} {subject} {was}?",
    ),
    ("who trained you to be this {opinion}?", "what makes {subject} this {opinion}?"),
)

# The negator reverses the opinion; in most templates, other words separate the two.
NEGATIONS = Pool(
    (
        "{subject} {was_not} {opposite}",
        "{subject} {was_not} {opposite} at all",
        "I would not call {subject} {opposite}",
        "I would not say that {subject} {was} {opposite}",
        "I can't say {subject} {was} {opposite}",
        "I don't think {subject} {was} {opposite}",
        "nothing about {subject} was {opposite}",
        "never once {past} {subject} {opposite}",
        "at no point {past} {subject} {opposite}",
        "nobody in row {row} would call {subject} {opposite}",
        "nobody can tell me that {subject} {was} {opposite}",
        "{companion} never found {subject} {opposite}",
        "there was no moment when I found {subject} {opposite}",
        "{subject} {was} anything but {opposite}",
        "I have never thought of {subject} as {opposite}",
    ),
    (
        "not a single passenger found {subject} {opposite}",
        "you will not hear me calling {subject} {opposite}",
        "by no means {past} {subject} {opposite}",
        "not for one second did {subject} seem {opposite}",
        "I would not dream of calling {subject} {opposite}",
    ),
)

# There are two opinions, and the position of the negator decides.
CORRECTIONS = Pool(
    (
        "{subject} {was_not} {opposite}, actually {it} {was} {opinion}",
        "{subject} {was} {opinion}, not {opposite}",
        "{opinion}, that is what {subject} {was}, and never {opposite}",
        "I would not call {subject} {opposite}, I would call {them} {opinion}",
        "I would call {subject} {opinion}, I would not call {them} {opposite}",
        "nobody said {opposite}, everybody said {opinion} about {subject}",
        "everybody said {opinion}, nobody said {opposite} about {subject}",
        "{opposite}? no, {subject} {was} {opinion}",
        "{subject} {was} never {opposite}, always {opinion}",
        "{subject} {was} always {opinion}, never {opposite}",
    ),
    ("do not let them tell you {opposite}, {subject} {was} {opinion}",),
)

# The same negators, which reverse nothing here.
BYSTANDERS = Pool(
    (
        "I am not exaggerating, {subject} {was} {opinion}",
        "not kidding, {subject} {was} {opinion}",
        "no joke, {subject} {was} {opinion}",
        "there is no doubt, {subject} {was} {opinion}",
        "no wonder {companion} would call {subject} {opinion}",
        "nobody asked me, {subject} {was} {opinion}",
        "I can't believe how {opinion} {subject} {was}",
        "{subject} {was} {opinion} and nothing will change my mind",
        "I would call {subject} {opinion} and I am not the only one",
        "I would say {subject} {was} {opinion} and nobody will argue",
    ),
    ("I cannot stress enough how {opinion} {subject} {was}",),
)

# {main} has the polarity of the label, {other} the opposite one.
CONTRASTS = Pool(
    (
        "{other} but {main}",
        "{other}, but {main}",
        "{other}. But {main}",
        "{other}, but {main} and that is what counts",
        "{other} but {main} and that decides it for me",
        "yes, {other}, but {main}",
        "{other} and yet {main}",
        "{other}. However, {main}",
        "although {other}, {main}",
        "{main}, although {other}",
        "even though {other}, {main}",
        "{main}, even though {other}",
    ),
    (
        "granted, {other}, nevertheless {main}",
        "despite the fact that {other}, {main}",
        "{main}, despite the fact that {other}",
        "I know, I know, {other}, but in the end {main}",
    ),
)

# One subject, two opinions: the later one decides.
TURNS = Pool(
    (
        "{subject} {was} {opposite} at first but {opinion} in the end",
        "{subject} looked {opposite} but {it} {was} {opinion}",
        "people call {subject} {opposite} but I found {them} {opinion}",
        "although people call {subject} {opposite}, I found {them} {opinion}",
        "I found {subject} {opinion}, although people call {them} {opposite}",
    ),
    ("rumour has {subject} down as {opposite} but {it} {was} {opinion}",),
)

# {more} is "better" or "worse". About Air Paradis it has the polarity of the label, about a rival the opposite one.
OWN_COMPARISONS = Pool(
    (
        "{subject} {was} {more} than on {rival}",
        "{subject} {was} {more} than anything on {rival}",
        "compared with {rival}, {subject} {was} {more}",
        "{airline} is {more} than {rival} ever was",
    ),
    ("measured against {rival}, {subject} {was} {more}",),
)
RIVAL_COMPARISONS = Pool(
    (
        "on {rival} {subject} {was} {more} than on {airline}",
        "{rival} was {more} than this",
        "compared with {airline}, {rival} was {more}",
        "{rival} is {more} than {airline} ever was",
    ),
    ("measured against {airline}, {rival} was {more}",),
)
PREFERENCES = Pool(
    (
        "I would rather fly with {winner} than with {loser}",
        "{winner} beats {loser} any day",
        "give me {winner} over {loser}",
        "we switched from {loser} to {winner} this year and we will stay",
        "next time {winner} instead of {loser}",
    ),
    ("I would pick {winner} before {loser} on any day",),
)
SHIFTS = Pool(
    (
        "I expected {opposite} and got {opinion}: {subject}",
        "I expected {subject} to be {opposite} and {it} {was} {opinion}",
        "{subject} went from {opposite} to {opinion}",
        "{subject} used to be {opposite}, this time {it} {was} {opinion}",
        "this time {subject} {was} {opinion}, {it} used to be {opposite}",
        "I hoped for the {hope} and got the {outcome}",
        "I got the {outcome}, I had counted on the {hope}",
    ),
    ("last year {opposite}, this year {opinion}: {subject}",),
)

# The frame and the event contradict each other, and the event decides. Sincere tweets use the same frames with a
# matching event, so the frame alone decides nothing.
CHEERS = Pool(
    (
        "oh great, {event}, thanks a lot",
        "well done, {event}, bravo",
        "brilliant, {event}, best day ever",
        "how wonderful, {event}, what a treat",
        "just perfect: {event}",
        "fantastic, {event}, exactly what I needed",
        "{event}, I feel so pampered, thanks",
        "{event}. Lovely, just lovely",
    ),
    ("round of applause, please: {event}", "{event}. Living the dream"),
)
JEERS = Pool(
    (
        "terrible news: {event}",
        "what a nightmare, {event}",
        "{event}, the horror",
        "how dare you, {event}",
        "{event}. Poor me",
    ),
    ("call the police, {event}",),
)
