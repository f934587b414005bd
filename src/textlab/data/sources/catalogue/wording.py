"""The words of the shop. A slot in braces stands for one of the words of `WORDS` or of what the text reveals."""

TITLES = {  # whether the title names the thing
    True: (
        "{brand} {series} {thing}, {colour}",
        "{brand} {thing} {series}",
        "{colour} {thing} by {brand}, {size}",
        "{thing} {series} ({brand}), {colour}",
        "{brand} {series}: {adjective} {thing}",
    ),
    False: (
        "{brand} {series}, {colour}",
        "{brand} {series} {code}",
        "{series} by {brand}, {colour}, {size}",
        "{series} ({brand}), no. {code}",
        "{brand} {series}: {adjective}, {colour}",
    ),
}

# Sentences that reveal a use. "{for}" is one of the places and people of that use.
USE_SENTENCES = (
    "Made for {for}.",
    "{adjective}, and at home with {for}.",
    "Just right for {for}.",
    "You will want it for {for} and {for}.",
    "We designed it with {for} in mind.",
    "A favourite for {for}.",
)
FOR = {
    "camping": (
        *("long hikes", "the campsite", "nights under canvas", "the trail", "a week in the tent", "wild camping"),
        *("cooking over an open fire", "the woods", "mountain huts", "rain and mud"),
    ),
    "office": (
        *("long meetings", "the desk", "the conference room", "the home office", "video calls", "the reception"),
        *("late shifts at the computer", "colleagues", "the boardroom", "paperwork"),
    ),
    "nursery": (
        *("little hands", "toddlers", "the playroom", "bedtime stories", "the first birthday", "preschool"),
        *("baby's room", "kindergarten", "nap time", "growing children"),
    ),
}
THINGS = {
    "mug": ("mug", "cup", "coffee mug"),
    "bag": ("bag", "shoulder bag", "holdall"),
    "chair": ("chair", "seat", "side chair"),
}

# Sentences that reveal a thing, beside the title.
THING_SENTENCES = (
    "A {thing} that lasts.",
    "The {thing} is made of {material}.",
    "Our most loved {thing}.",
    "A {adjective} {thing} at a fair price.",
)

# Sentences that say nothing about the class.
PLAIN = (
    "{adjective} and {adjective}.",
    "Colour: {colour}.",
    "Size {size}.",
    "Made of {material}.",
    "{material}, {adjective} finish.",
    "Wipe clean with a damp cloth.",
    "Two years of guarantee.",
    "Article {code}.",
    "New this season.",
    "Also in {colour} and {colour}.",
    "Weight {number} g.",
    "Customers give it {number} of 500 points.",
    "Ships in {small} days.",
    "Set of {small}.",
)
# Sentences whose words mislead a reader who counts words.
DECOYS = (
    "Our office in {town} answers questions within a day.",
    "Keep the packaging away from babies and children.",
    "Delivered anywhere, even to a campsite or a cabin in the woods.",
    "Winner of the desk calendar's design award.",
    "Photographed on the trail to {town}.",
    "A tree is planted in the woods near {town} for each order.",
    "One part of the price goes to a kindergarten in {town}.",
    "Comes with a voucher for any {any_thing}.",
    "Goes with every {any_thing} of the {series} series.",
    "Free {any_thing} with orders over {small}00 euros.",
    "Not sold with the {any_thing} shown in our film.",
)

WORDS = {
    "brand": (
        *("Brontide", "Halvorsen", "Ostara", "Kinfolk & Daughters", "Pellworm", "Quillon", "Tarn", "Umbra Nova"),
        *("Vestry", "Wexcombe", "Zephyrine", "Ember & Oak"),
    ),
    "series": (
        *("Alba", "Borealis", "Cinder", "Drift", "Elba", "Fjord", "Gala", "Harbour", "Iris", "Juno", "Kite", "Lumen"),
        *("Meridian", "Nimbus"),
    ),
    "colour": (
        *("anthracite", "berry", "cobalt", "cream", "forest green", "grey", "lilac", "mint", "mustard", "navy", "rose"),
        *("sand", "scarlet", "white"),
    ),
    "adjective": (
        *("sturdy", "lightweight", "timeless", "handmade", "colourful", "plain", "elegant", "robust", "compact"),
        *("easy to clean", "durable", "modern"),
    ),
    "material": ("beech wood", "steel", "recycled polyester", "bamboo", "aluminium", "cotton canvas", "cork", "oak"),
    "size": ("S", "M", "L", "XL", "30 x 20 cm", "45 cm"),
    "town": ("Bristol", "Aarhus", "Ghent", "Porto", "Turku", "Bolzano", "Leiden", "Galway"),
}
