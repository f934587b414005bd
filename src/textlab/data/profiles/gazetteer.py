"""Words that state an origin or a gender; profiles do not hold them."""

COUNTRIES = """
afghanistan albania algeria andorra angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus
belgium belize benin bhutan bolivia botswana brazil brasil britain brunei bulgaria burundi cambodia cameroon canada
chad chile china colombia congo croatia cuba cyprus czechia denmark deutschland djibouti ecuador egypt england eritrea
estonia eswatini ethiopia fiji finland france gabon gambia georgia germany ghana greece grenada guatemala guinea
guyana haiti honduras hungary iceland india indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan
kenya kosovo kuwait kyrgyzstan laos latvia lebanon lesotho liberia libya liechtenstein lithuania luxembourg madagascar
malawi malaysia maldives mali malta mauritania mauritius mexico moldova monaco mongolia montenegro morocco mozambique
myanmar namibia nepal netherlands nicaragua niger nigeria norway oman pakistan palestine panama paraguay peru
philippines poland portugal qatar romania russia rwanda samoa scotland senegal serbia seychelles singapore slovakia
slovenia somalia spain sudan suriname sweden switzerland syria taiwan tajikistan tanzania thailand togo tonga tunisia
turkey turkiye turkmenistan uganda ukraine uruguay usa uk uae uzbekistan vanuatu venezuela vietnam wales yemen zambia
zimbabwe africa asia europe america korea scandinavia balkans
"""
PLACES_OF_SEVERAL_WORDS = (
    *("united states", "united kingdom", "united arab emirates", "south africa", "south korea", "north korea"),
    *("new zealand", "saudi arabia", "sri lanka", "costa rica", "el salvador", "dominican republic", "hong kong"),
    *("sierra leone", "burkina faso", "ivory coast", "cape verde", "papua new guinea", "puerto rico", "latin america"),
    *("south america", "north america", "middle east", "bosnia and herzegovina", "trinidad and tobago"),
    *("czech republic", "north macedonia", "south sudan", "northern ireland"),
)
NATIONALITIES = """
afghan albanian algerian american angolan argentine argentinian armenian australian austrian azerbaijani bahraini
bangladeshi belarusian belgian beninese bolivian bosnian brazilian british bulgarian cambodian cameroonian canadian
chilean chinese colombian congolese croatian cuban cypriot czech danish dutch ecuadorian egyptian english eritrean
estonian ethiopian filipino filipina finnish french gambian georgian german ghanaian greek guatemalan guinean haitian
honduran hungarian icelandic indian indonesian iranian iraqi irish israeli italian jamaican japanese jordanian kazakh
kenyan korean kosovar kurdish kuwaiti kyrgyz lao latvian lebanese liberian libyan lithuanian malagasy malaysian malian
maltese mauritian mexican moldovan mongolian moroccan mozambican namibian nepalese nepali nicaraguan nigerian norwegian
omani pakistani palestinian panamanian paraguayan persian peruvian polish portuguese punjabi qatari romanian russian
rwandan saudi scottish senegalese serbian singaporean slovak slovene slovenian somali spanish sudanese swedish swiss
syrian taiwanese tajik tamil tanzanian thai tibetan tunisian turkish ugandan ukrainian uruguayan uzbek venezuelan
vietnamese welsh yemeni yoruba zambian zimbabwean african asian european arab latino latina latinx hispanic
scandinavian jewish muslim christian hindu buddhist
"""
ORIGINS = frozenset([*COUNTRIES.split(), *NATIONALITIES.split(), *PLACES_OF_SEVERAL_WORDS])

# Not "ms" and "mr": they are milliseconds and megaregions in descriptions as often as forms of address.
_GENDER_WORDS = """
he she him her his hers himself herself man woman men women boy girl guy gal lady ladies gentleman gentlemen father
mother dad mom mum papa mama wife husband son daughter sister brother grandmother grandfather grandma grandpa
boyfriend girlfriend male female
"""
GENDER_WORDS = frozenset(_GENDER_WORDS.split())

# Such name parts are also words of any English sentence. They are removed in biographies where they are capitalised,
# and elsewhere only as part of a full name.
_ORDINARY_WORDS = """
a an and are as at be but by can do for from go he her his i in is it its la le me my no not of on or our she so than
that the their them they this to up us was we who will with you may mark art bill grant max long young king
"""
ORDINARY_WORDS = frozenset(_ORDINARY_WORDS.split())
