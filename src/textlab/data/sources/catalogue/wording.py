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
        *("long hikes", "the campsite", "nights under canvas", "the trail", "a week in the tent", "the summit"),
        *("cooking over an open fire", "wild camping", "canoe trips", "the lake shore", "rain and mud", "the woods"),
        *("scouts", "mountain huts", "trekking", "the next expedition"),
    ),
    "office": (
        *("long meetings", "the desk", "the conference room", "open-plan work", "the home office", "video calls"),
        *("the reception", "busy teams", "late shifts at the computer", "the study", "colleagues", "spreadsheets"),
        *("the boardroom", "freelancers", "paperwork", "the daily commute"),
    ),
    "nursery": (
        *("little hands", "toddlers", "the playroom", "bedtime stories", "the first birthday", "preschool"),
        *("small explorers", "twins", "baby's room", "kindergarten", "three-year-olds", "story time"),
        *("the changing corner", "pretend play", "growing children", "nap time"),
    ),
}
THINGS = {
    "mug": ("mug", "cup", "coffee mug", "tea mug", "beaker"),
    "bag": ("bag", "carry bag", "holdall", "carryall", "tote"),
    "chair": ("chair", "seat", "easy chair", "side chair", "comfort seat"),
    "lamp": ("lamp", "light", "LED lamp", "mood light", "reading lamp"),
}

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
        *("Vestry", "Wexcombe", "Zephyrine", "Aldous", "Brae", "Castellan", "Dovecote", "Ember & Oak"),
    ),
    "series": (
        *("Alba", "Borealis", "Cinder", "Drift", "Elba", "Fjord", "Gala", "Harbour", "Iris", "Juno", "Kite", "Lumen"),
        *(
            "Meridian",
            "Nimbus",
            "Orbit",
            "Pico",
            "Quartz",
            "Ridge",
            "Sable",
            "Tundra",
            "Umber",
            "Vale",
            "Willow",
            "Yonder",
        ),
    ),
    "colour": (
        *("anthracite", "aqua", "berry", "brick", "cobalt", "cream", "forest green", "grey", "lilac", "mint"),
        *("mustard", "navy", "olive", "petrol", "rose", "sand", "scarlet", "sky blue", "white", "yellow"),
    ),
    "adjective": (
        *(
            "sturdy",
            "lightweight",
            "timeless",
            "handmade",
            "colourful",
            "plain",
            "elegant",
            "robust",
            "soft",
            "compact",
        ),
        *("classic", "easy to clean", "durable", "playful", "clever", "stackable", "smooth", "modern"),
    ),
    "material": (
        *("beech wood", "steel", "recycled polyester", "stoneware", "bamboo", "aluminium", "cotton canvas", "enamel"),
        *("cork", "glass fibre", "silicone", "oak veneer"),
    ),
    "size": ("S", "M", "L", "XL", "small", "medium", "large", "30 x 20 cm", "45 cm", "0.3 l"),
    "town": ("Bristol", "Aarhus", "Ghent", "Porto", "Turku", "Bolzano", "Leiden", "Galway"),
}
