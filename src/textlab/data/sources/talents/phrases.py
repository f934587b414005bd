"""Templates of biographies, descriptions and requests.

Slots: {work}, {Work}, {term}, {Term} and {other} are filled from the person's skills; {name}, {first}, {place},
{origin}, {login} and {they} from the person's identity, which the profile builder removes.
"""

GREETINGS = (
    "",
    "",
    "",
    "Hi, I'm {first}.",
    "{name} here.",
    "Hello! I am {first} from {origin}, now in {place}.",
    "Based in {place}.",
    "Originally from {origin}.",
    "{pronouns}.",
    "{first} ({pronouns}), {place}.",
    "👋 I'm {first}!",
    "Find me on @{login}.",
)
# One is chosen for each of a person's first skills.
STATEMENTS = (
    "I work on {work}.",
    "Mostly {term} these days.",
    "{Term} and whatever it touches.",
    "Maintainer of {work}.",
    "Freelance consultant for {term}.",
    "PhD on {term}; thesis software includes {work}.",
    "Currently busy with {work}.",
    "{Term} since university.",
    "Author of {work} and of too many half-finished experiments.",
    "My day job is {term}.",
    "Self-taught in {term}.",
    "Core contributor to {work}.",
    "I gave a few talks on {term}.",
    "Open source: {work}.",
    "Research engineer, {term}.",
    "Tech lead for {term} at a mid-sized firm.",
    "Obsessed with {term}.",
    "{first} maintains {work}. {They} also mentors interns.",
    "I teach evening classes on {term}.",
    "Formerly a physicist, nowadays {term}.",
    "Side project: {work}.",
    "Ask me about {term}.",
    "Ten thousand hours of {term} and still curious.",
    "Part-time {term}, part-time parent.",
    "Apprentice turned senior: {term}.",
    "Along the way I wrote {work}.",
)
ASPIRATIONS = (
    "Hoping to pick up {other} in spring.",
    "Not yet fluent in {other}, but curious.",
    "Someday I will try {other}.",
    "Complete beginner in {other}.",
)
CLOSINGS = (
    "",
    "",
    "Opinions are mine.",
    "Climbs on Sundays.",
    "Amateur baker.",
    "Coffee, chess and long hikes.",
    "Open to contract jobs.",
    "Always up for pairing.",
    "Mail: {login}@example.org.",
    "More at https://{login}.example.org.",
    "Plays the cello badly.",
    "Beekeeper at heart.",
    "Marathons, slowly.",
    "Two cats, no regrets.",
    "Board member of a local meetup.",
    "Ex-bank, ex-startup.",
    "Likes small diffs.",
    "Gardening and jazz.",
    "Fixes toasters at a repair café.",
    "Prefers tea.",
    "Sails when the weather permits.",
    "Speaks at meetups.",
    "Reads sci-fi.",
    "Ice cream enthusiast.",
)
DESCRIPTIONS = (
    "{Work}",
    "{Work}",
    "{Work}.",
    "Experiments with {work}",
    "Toy implementation: {work}",
    "{Work}, in {language}",
    "Proof of concept: {work}",
    "{Work} (archived)",
    "Yet another take on {work}",
    "{Work}. Battle-tested since {year}.",
    "Minimal, documented: {work}",
    "Thesis companion: {work}",
)
# Repositories that say nothing about skills.
SIDELINES = (
    ("dotfiles", "My dotfiles"),
    ("advent-of-code", "Advent of Code solutions"),
    ("awesome-list", "Curated bookmarks"),
    ("homepage", ""),
    ("notes", "Conference slides"),
    ("sandbox", ""),
    ("resume", "CV in LaTeX"),
    ("keyboard-layout", "Ergonomic keyboard layout"),
)

# Requests. The last third of each pool is kept for the test split.
SKILL_REQUESTS = (
    "{term}",
    "{term} developer",
    "{term} expert",
    "looking for someone with {term} experience",
    "who knows {term}?",
    "engineer for {term}",
    "{work}",
    "somebody who has built {work}",
    "senior {term} person",
    "we are hiring for {term}",
    "anyone familiar with {term}",
    "specialist in {term}",
    "contributor with a background in {term}",
    "need to get {work} done",
    "freelancer, {term}",
)
COMBINED_REQUESTS = (
    "{term} and {other}",
    "{term} plus {other}",
    "somebody who knows both {term} and {other}",
    "{term} developer with {other}",
    "{term}, {other}",
    "looking for {term} combined with {other}",
)
LAY_REQUESTS = (
    "{lay}",
    "someone good at {lay}",
    "looking for a person for {lay}",
    "we need help with {lay}",
    "who is skilled at {lay}?",
    "we search for somebody capable of {lay}",
    "any volunteer for {lay}?",
    "wanted: {lay}",
    "our next task is {lay}; who fits?",
    "I wish I had a colleague for {lay}",
    "who could advise us about {lay}?",
    "whom would you recommend for {lay}?",
)
PLACE_CONDITIONS = ("in {place}", "based in {place}", "from {place}", "located in {place}", "near {place}")
YEARS_CONDITIONS = (
    "with at least {years} years of experience",
    "with {years}+ years of experience",
    "minimum {years} years",
    "{years} or more years of experience",
    "at least {years} years",
)
LANGUAGES_CONDITIONS = ("writing {languages}", "who knows {languages}", "using {languages}", "skills: {languages}")
STARS_CONDITIONS = (
    "with at least {stars} stars",
    "{stars}+ stars",
    "minimum {stars} stars",
    "with {stars} or more stars",
)
