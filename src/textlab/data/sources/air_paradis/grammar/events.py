"""Events that happen to passengers: clauses by aspect, in pairs of pools indexed by label (negative first).

No clause contains a negator or a contrast word.
"""

from textlab.data.sources.air_paradis.grammar.draft import Pool

EVENTS: dict[str, tuple[Pool, Pool]] = {
    "crew": (
        Pool(
            (
                "the crew rolled their eyes at my question",
                "the attendant ignored the call button for {minutes} minutes",
                "the attendant argued with a passenger in row {row}",
                "the staff at gate {gate} shouted at a family",
                "the crew woke up my toddler with a slammed trolley",
            ),
            ("the attendant smirked when I asked for a blanket",),
        ),
        Pool(
            (
                "the crew found my daughter a window seat",
                "the attendant remembered my name all the way to {city}",
                "the captain came out to calm a scared kid in row {row}",
                "the staff at gate {gate} ran to catch us with my lost phone",
                "the crew sang happy birthday to my mum",
            ),
            ("the attendant tucked a blanket around my sleeping toddler",),
        ),
    ),
    "luggage": (
        Pool(
            (
                "my {bag} is still in {city}",
                "my {bag} came out with a broken wheel",
                "my {bag} got lost between {city} and {city}",
                "someone ripped the handle off my {bag}",
                "we waited {minutes} minutes for one {bag}",
            ),
            ("my {bag} came back drenched and dented",),
        ),
        Pool(
            (
                "my {bag} was first on the belt",
                "they drove my {bag} straight to my hotel in {city}",
                "they carried my {bag} to the door for me",
                "they repaired the wheel of my {bag} for free",
                "my {bag} was waiting for me when I got to the belt",
            ),
            ("my {bag} beat me to the carousel",),
        ),
    ),
    "delay": (
        Pool(
            (
                "we sat on the tarmac for {hours} hours",
                "flight {number} is {hours} hours late again",
                "we missed our connection in {city} by {minutes} minutes",
                "flight {number} got cancelled at the last minute",
                "another {hours} hours stuck at gate {gate}",
            ),
            ("we spent the night on the airport floor in {city}",),
        ),
        Pool(
            (
                "we landed {minutes} minutes early",
                "flight {number} left right on schedule",
                "they held the plane and we made our connection in {city}",
                "we were off the plane in {minutes} minutes flat",
                "the captain made up {minutes} minutes on the way",
            ),
            ("we touched down ahead of schedule in {city}",),
        ),
    ),
    "seat": (
        Pool(
            (
                "my knees were jammed into row {row}",
                "the tray table fell on my lap",
                "they gave my seat in row {row} to a stranger",
                "the armrest came off in my hand",
                "my back hurts after {hours} hours in that chair",
            ),
            ("the seat belt left grease on my shirt",),
        ),
        Pool(
            (
                "I slept like a baby all the way to {city}",
                "I could stretch my legs all the way to {city}",
                "they moved me to an empty row for free",
                "I got off in {city} feeling fresh and rested",
                "they gave me extra pillows in row {row}",
            ),
            ("I dozed happily until {city}",),
        ),
    ),
    "refund": (
        Pool(
            (
                "I have been waiting {weeks} weeks for my money",
                "they rejected my refund for the {nth} time",
                "they cancelled flight {number} and kept my money",
                "my refund got lost somewhere in your system",
                "they want {amount} euros to change one letter of my name",
            ),
            ("my claim was shelved for {weeks} weeks",),
        ),
        Pool(
            (
                "my money was back on my card in {days} days",
                "they refunded me within the hour",
                "they paid my hotel in {city} and said sorry",
                "they sent me a voucher of {amount} euros as an apology",
                "they changed my booking to {day} free of charge",
            ),
            ("they reimbursed every cent",),
        ),
    ),
    "app": (
        Pool(
            (
                "the app crashed {few} times during check-in",
                "the app logged me out at gate {gate}",
                "your website charged my card twice",
                "the app sent me to the wrong gate",
                "your website froze while I was paying",
            ),
            ("the app wiped my booking",),
        ),
        Pool(
            (
                "the app rebooked me in {few} seconds",
                "my boarding pass popped up right when I needed it",
                "the app showed me the way to gate {gate}",
                "the app found me a better connection by itself",
                "I checked in with {few} taps on my phone",
            ),
            ("the app spared me the whole queue",),
        ),
    ),
    "food": (
        Pool(
            (
                "I found a hair in my dinner",
                "they ran out of food before row {row}",
                "the coffee tasted like dishwater",
                "my vegetarian meal had chicken in it",
                "my stomach hurts since that sandwich",
            ),
            ("the bread roll was hard as a brick",),
        ),
        Pool(
            (
                "I asked for a second plate of that pasta",
                "they served warm bread {few} times",
                "the coffee tasted like in a real cafe",
                "they remembered my vegetarian meal",
                "my kids finished every crumb of the cake",
            ),
            ("I licked the bowl clean",),
        ),
    ),
    "price": (
        Pool(
            (
                "they charged me {amount} euros for one small {bag}",
                "the fare doubled while I was typing my name",
                "I paid {amount} euros extra for a plain chair",
                "a bottle of water costs {few} euros on board",
                "they added {amount} euros of hidden fees at the end",
            ),
            ("they squeezed another {amount} euros out of me",),
        ),
        Pool(
            (
                "I got a free upgrade on the way to {city}",
                "the fare dropped and they paid me back {amount} euros",
                "they waived the fee for my {bag}",
                "I saved {amount} euros on the way to {city}",
                "water and sandwiches were free on board",
            ),
            ("they knocked {amount} euros off my fare",),
        ),
    ),
    "service": (
        Pool(
            (
                "I spent {minutes} minutes on hold",
                "the hotline hung up on me",
                "my email has been ignored since {day}",
                "they passed me on to {few} different desks",
                "I got the same copied answer {few} times",
            ),
            ("they fobbed me off with a leaflet",),
        ),
        Pool(
            (
                "a real person answered after {few} seconds",
                "they fixed my booking on the first call",
                "they called me back as promised on {day}",
                "they wrote me a kind and personal answer",
                "the lady at the desk solved it in {few} minutes",
            ),
            ("they went the extra mile for my grandmother",),
        ),
    ),
    "cabin": (
        Pool(
            (
                "there was old gum under my table",
                "water dripped on my head all the way to {city}",
                "the screen was dead for {hours} hours",
                "the lights flickered for {hours} hours",
                "half of the toilets were locked",
            ),
            ("there were crumbs and stains all over row {row}",),
        ),
        Pool(
            (
                "the cabin smelled of fresh linen",
                "I watched {few} films in a row on a huge screen",
                "the air was fresh all the way to {city}",
                "everything in row {row} looked brand new",
                "the wifi carried my video call to {city}",
            ),
            ("everything on board sparkled",),
        ),
    ),
    "boarding": (
        Pool(
            (
                "they changed the gate {few} times",
                "we queued {minutes} minutes in the rain",
                "they left us standing on a bus for {minutes} minutes",
                "they closed gate {gate} in front of us",
                "they separated me from my kids",
            ),
            ("they herded us around like sheep",),
        ),
        Pool(
            (
                "we were on board in {few} minutes",
                "they let families with kids go first",
                "they walked my grandmother to her seat",
                "they opened a second desk as soon as the line grew",
                "they handed out drinks while we queued",
            ),
            ("they whisked us through to gate {gate}",),
        ),
    ),
}
