"""The words of the generated texts: topics, opinions, and sentences in four languages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """The words of a topic, the most frequent first."""

    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _topic(nouns: str, verbs: str, adjectives: str) -> Topic:
    return Topic(_words(nouns), _words(verbs), _words(adjectives))


TOPICS = {
    "sport": _topic(
        "match team goal season coach player league final club striker stadium fans defender injury transfer referee "
        "penalty keeper tournament captain squad trophy race cyclist medal sprint tennis set serve marathon",
        "won lost scored played signed missed trained defended beat equalised qualified retired",
        "unbeaten young fast injured late offensive tactical physical brilliant home narrow second",
    ),
    "politics": _topic(
        "government minister election vote party parliament law president campaign senate coalition budget debate "
        "reform mayor opposition treaty poll candidate committee bill protest border summit embassy court ballot "
        "decree",
        "voted announced rejected promised resigned debated approved signed criticised blocked negotiated elected",
        "liberal conservative federal local public foreign legal national controversial new early regional",
    ),
    "business": _topic(
        "company market shares profit bank investor price sales quarter revenue deal merger stock debt customer "
        "factory "
        "loan startup shareholder inflation export tariff supplier contract brand warehouse dividend bond",
        "rose fell bought sold invested reported cut expanded merged hired forecast traded",
        "quarterly annual strong weak global cheap expensive record industrial private listed steady",
    ),
    "science": _topic(
        "study researchers planet cell virus climate laboratory experiment species telescope energy ocean gene data "
        "theory fossil physics molecule satellite bacteria protein orbit galaxy sample enzyme glacier neuron magnet",
        "discovered measured observed published tested found explained modelled sequenced launched confirmed detected",
        "ancient tiny rare genetic solar marine molecular early statistical unknown quantum arctic",
    ),
    "culture": _topic(
        "film album singer museum festival novel actor concert exhibition director painting stage band theatre song "
        "premiere author gallery drama orchestra sculpture audience comedy poem screenplay soprano studio sequel",
        "performed released directed painted sang premiered wrote exhibited recorded starred toured acted",
        "classical modern debut famous live abstract original romantic award-winning independent theatrical literary",
    ),
    "hotel": _topic(
        "room staff breakfast bed pool reception bathroom lobby shower balcony towels view stay lift pillow minibar "
        "corridor carpet key checkout concierge sheets sauna curtains terrace buffet maid garden parking luggage",
        "stayed slept booked checked arrived left cleaned unpacked showered swam complained paid",
        "spacious small quiet central warm upstairs double shared tiled sunny old renovated",
    ),
    "phone": _topic(
        "battery screen camera charger phone app update signal speaker button case memory keyboard software headset "
        "cable pixel display sensor fingerprint storage port firmware lens notification microphone stylus chip "
        "warranty",
        "charged froze installed updated recorded downloaded dropped synced scrolled rebooted unlocked streamed",
        "wireless bright heavy thin digital scratched waterproof refurbished unlocked flat compatible external",
    ),
    "restaurant": _topic(
        "food waiter menu table dish soup dessert wine pizza sauce chef steak kitchen salad service bill portion bread "
        "starter pasta cheese lunch dinner fish coffee rice garlic spoon oven chicken",
        "ordered ate tasted served cooked drank waited shared seasoned grilled tipped reserved",
        "spicy salty sweet fresh crispy vegan raw homemade roasted hot sour smoked",
    ),
    "delivery": _topic(
        "parcel courier tracking address box driver delivery doorstep label postcode shipment depot carton van order "
        "neighbour porch package receipt pallet customs slot signature dispatch route locker return hub",
        "delivered shipped tracked arrived dispatched collected returned posted rang dropped rerouted scanned",
        "missing late torn wrapped express empty fragile standard misrouted bulky tracked urgent",
    ),
    "billing": _topic(
        "invoice payment card refund subscription charge account bank fee amount receipt discount plan transaction tax "
        "voucher statement balance currency renewal instalment debit coupon credit deposit surcharge paypal iban",
        "charged paid billed refunded cancelled renewed deducted overcharged transferred declined subscribed invoiced",
        "double monthly unpaid wrong pending yearly outstanding partial automatic prepaid overdue net",
    ),
    "login": _topic(
        "password account email link code username browser session page reset authenticator profile security captcha "
        "token device cookie verification inbox spam lockout token avatar permission role pin tab portal",
        "logged reset locked forgot verified registered clicked expired typed confirmed signed authenticated",
        "locked invalid expired two-factor secure forgotten temporary incorrect blocked registered trusted private",
    ),
    "weather": _topic(
        "rain storm wind snow temperature forecast cloud sun flood heat frost thunder fog coast hail drought degrees "
        "humidity umbrella breeze lightning gale winter ice puddle shower rainbow tide",
        "rained snowed flooded froze blew poured melted cleared shone thundered dropped warmed",
        "cold wet sunny windy icy humid mild foggy tropical stormy freezing dry",
    ),
    "travel": _topic(
        "flight train airport ticket passport luggage gate beach tour guide island museum platform visa bus delay map "
        "cabin ferry border hostel crew suitcase station hike tram itinerary souvenir runway harbour",
        "flew landed boarded travelled visited departed packed hiked sailed explored missed connected",
        "scenic direct overnight crowded cheap remote coastal historic late budget guided mountain",
    ),
    "health": _topic(
        "doctor patient hospital vaccine clinic symptoms treatment nurse diet surgery sleep heart blood medicine pain "
        "therapy fever diagnosis dose allergy pharmacy infection muscle vitamin pressure scan asthma bandage",
        "treated diagnosed prescribed recovered vaccinated operated healed examined exercised suffered rested admitted",
        "chronic acute healthy sick mental clinical pregnant elderly daily painful contagious medical",
    ),
}

GENERAL = _topic(
    "thing day week people time place way part year problem idea question kind reason moment side story friend brother "
    "office city street house morning evening weekend end point bit list group number name hour plan chance",
    "went came took made saw told asked gave kept needed tried used called thought felt started looked happened",
    "big small other last next first whole different same usual recent possible simple long short full clear quick",
)

OPINIONS = {
    "positive": _topic(
        "pleasure treat highlight bargain delight gem surprise improvement",
        "loved enjoyed appreciated recommended liked admired adored praised",
        "great excellent lovely friendly perfect wonderful helpful amazing comfortable reliable fantastic charming "
        "delightful impressive pleasant superb flawless generous tasteful outstanding",
    ),
    "negative": _topic(
        "mess nightmare disappointment joke waste failure shame letdown",
        "hated regretted disliked avoided returned despised cursed endured",
        "terrible awful dirty rude broken poor horrible useless slow disappointing noisy annoying dreadful shabby "
        "unreliable mediocre faulty unpleasant careless overpriced",
    ),
    "neutral": _topic(
        "detail matter remark summary note fact range option",
        "noticed mentioned compared described listed checked counted noted",
        "average normal standard ordinary typical regular acceptable plain usual basic moderate common "
        "medium neutral unremarkable expected similar adequate fair conventional",
    ),
}

FIRST_NAMES = _words(
    "anna ben carla david elena felix grace hugo ines jonas karim laura mia noah olga paul quentin "
    "rosa samir tom ursula victor wanda yusuf zoe amir bella cyril dora emil"
)
SYLLABLES = _words(
    "ka lo mi ren tor val ber sin dra mo les ha gor pel nu fi tan wes ri cor bel ust am jo ever lin stad"
)

SENTENCES = {
    "fact": (
        "the {noun} {verb} {when}",
        "{name} {verb} the {adjective} {noun}",
        "{when} the {noun} {verb} in {place}",
        "a {adjective} {noun} and the {noun} {verb} after {number} minutes",
        "{name} said the {noun} would not be {adjective} before {when}",
        "there were {number} {adjective} people near the {noun}",
        "we {verb} with the {noun} from {place}",
        "i {verb} because of the {noun} and its {noun}",
        "according to {name} the {adjective} {noun} {verb} again",
        "after the {noun} in {place} everyone {verb}",
        "why has the {noun} {verb} since {when} ?",
        "it was about the {noun} , not the {noun}",
        "my {noun} {verb} twice {when}",
        "most of the {noun} is {adjective} these days",
        "{number} of them {verb} without a {noun}",
        "could somebody explain the {adjective} {noun} to {name} ?",
    ),
    "opinion": (
        "the {noun} was {quite} {judged}",
        "{judged} {noun} and {judged} {noun}",
        "we {felt} the {noun} {when}",
        "what a {judged} {noun} in {place}",
        "honestly the {noun} is {quite} {judged} for the price",
        "i {felt} the {adjective} {noun} , it was {judged}",
        "{name} was {quite} {judged} about the {noun}",
        "the {noun} turned out to be a {sentiment}",
        "such a {sentiment} , the {adjective} {noun} looked {judged}",
        "my friends {felt} it and so did {name}",
        "the {adjective} {noun} felt {judged} to all of us",
        "{quite} {judged} , especially the {noun} {when}",
    ),
}
QUITE = ("very", "really", "quite", "so", "rather", "pretty", "too", "just")
WHEN = (
    "yesterday", "last night", "on monday", "this morning", "two days ago", "on friday", "at noon", "last week",
    "in the evening", "before lunch", "over the weekend", "in april", "since june", "again today",
)  # fmt: skip


@dataclass(frozen=True)
class Language:
    """A language other than English: sentences, nouns, and words of praise and of blame."""

    sentences: tuple[str, ...]
    nouns: tuple[str, ...]
    judged: dict[str, tuple[str, ...]]


LANGUAGES = {
    "french": Language(
        (
            "le {noun} était vraiment {judged} et nous y sommes restés",
            "je trouve que le {noun} de {place} est {judged}",
            "avec {name} nous avons vu un {noun} {judged} hier soir",
            "il y a {number} jours que le {noun} est {judged}",
            "pour le prix, c'est un {noun} {judged}, mais pas le {noun}",
            "quel {noun} {judged} dans cette ville",
            "on m'a dit que le {noun} serait {judged} après le {noun}",
            "ce {noun} n'est pas comme les autres, il est {judged}",
        ),
        _words(
            "service repas séjour hôtel serveur lit petit-déjeuner vol colis téléphone écran chargeur jardin "
            "plat dessert restaurant quartier train livreur compte paiement chef vin accueil bruit chauffage "
            "ascenseur"
        ),
        {
            "positive": _words("excellent parfait agréable superbe délicieux charmant rapide confortable génial"),
            "negative": _words("horrible sale décevant lent mauvais cassé nul désagréable affreux"),
        },
    ),
    "german": Language(
        (
            "der {noun} war wirklich {judged} und wir sind geblieben",
            "ich finde, dass der {noun} in {place} {judged} ist",
            "mit {name} haben wir gestern einen {noun} gesehen, er war {judged}",
            "seit {number} Tagen ist der {noun} einfach {judged}",
            "für den Preis ist der {noun} {judged}, aber nicht der {noun}",
            "so ein {noun}, leider oder zum Glück {judged}",
            "man hat mir gesagt, der {noun} wäre {judged} nach dem {noun}",
            "dieser {noun} ist nicht wie die anderen, er ist {judged}",
        ),
        _words(
            "Service Aufenthalt Kellner Akku Bildschirm Flug Zug Garten Kaffee Koch Wein Fahrstuhl Lieferant "
            "Preis Strand Salat Balkon Empfang Schlüssel Bahnhof Nachtisch Fisch Kundendienst Parkplatz Lärm "
            "Teppich"
        ),
        {
            "positive": _words("hervorragend perfekt schön sauber lecker freundlich schnell bequem wunderbar"),
            "negative": _words("schrecklich schmutzig langsam schlecht kaputt enttäuschend laut unhöflich furchtbar"),
        },
    ),
    "spanish": Language(
        (
            "el {noun} fue realmente {judged} y nos quedamos allí",
            "creo que el {noun} de {place} es {judged}",
            "con {name} vimos un {noun} {judged} ayer por la noche",
            "hace {number} días que el {noun} está {judged}",
            "por el precio es un {noun} {judged}, pero no el {noun}",
            "qué {noun} tan {judged} en esta ciudad",
            "me dijeron que el {noun} sería {judged} después del {noun}",
            "este {noun} no es como los otros, es {judged}",
        ),
        _words(
            "servicio hotel camarero desayuno vuelo paquete teléfono cargador jardín plato postre restaurante "
            "barrio tren mensajero pago vino cocinero ruido ascensor balcón pescado baño café viaje precio"
        ),
        {
            "positive": _words("excelente perfecto agradable limpio delicioso encantador rápido cómodo maravilloso"),
            "negative": _words("horrible sucio decepcionante lento malo roto ruidoso desagradable pésimo"),
        },
    ),
}
