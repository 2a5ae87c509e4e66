"""Topics the embedded model knows: their names and the words that speak of them; plain data."""

from __future__ import annotations

_TOPICS = {
    "sports": (
        "sport sporting athletics",
        """game match team player coach league goal score season tournament championship
        football soccer basketball tennis baseball hockey cricket rugby golf cup final olympic
        medal stadium referee win defeat beat striker goalkeeper race sprint marathon cyclist
        athlete playoff squad penalty fans halftime quarterback swim transfer""",
    ),
    "politics": (
        "politic political government policy election",
        """election vote voter president minister parliament senate senator congress party
        government policy campaign bill law mayor governor ballot coalition democracy candidate
        diplomat treaty lawmaker cabinet opposition referendum chancellor legislation sanction
        republican democrat""",
    ),
    "technology": (
        "tech computing software it digital gadget",
        """software hardware app computer laptop phone smartphone chip processor startup internet
        data cloud algorithm robot ai code developer programming server browser device update
        cyber security encryption network battery screen tablet gadget artificial intelligence
        semiconductor website platform silicon open-source""",
    ),
    "business": (
        "economy economic finance financial market money company companies",
        """company market stock share profit revenue earnings investor bank economy merger
        acquisition ceo quarter sales trade inflation interest rate fund budget currency dollar
        euro loan debt growth shareholder supplier retail tariff layoff dividend economist bond
        startup central firm""",
    ),
    "health": (
        "healthcare medical medicine wellness fitness",
        """doctor hospital patient disease virus vaccine medicine drug treatment symptom therapy
        clinic nurse surgery cancer diet exercise nutrition infection blood heart sleep mental
        diabetes flu pain fever physician prescription dose immune health vitamin""",
    ),
    "travel": (
        "tourism trip vacation holiday",
        """flight hotel airport trip travel vacation holiday tourist beach passport visa luggage
        airline train cruise resort island museum tour itinerary destination sightseeing hostel
        backpack journey abroad ticket guide landmark""",
    ),
    "food": (
        "cooking cuisine restaurant recipe dining meal culinary",
        """food recipe restaurant chef dish meal dinner lunch breakfast cook bake oven taste flavor
        menu sauce cheese bread salad soup dessert wine coffee ingredient kitchen pasta pizza
        vegetable fruit spicy delicious garlic butter sugar salt waiter""",
    ),
    "entertainment": (
        "movie film music arts art culture celebrity tv television",
        """movie film actor actress director album song singer band concert music theater theatre
        show series episode television celebrity award oscar premiere box streaming festival
        comedy drama novel album tour hollywood soundtrack studio sequel gallery""",
    ),
    "science": (
        "scientific research space nature",
        """scientist research study researcher experiment physics chemistry biology planet space
        telescope nasa galaxy species fossil dna gene atom particle laboratory discovery theory
        climate ocean evolution star mars moon rocket orbit quantum molecule astronomer cell""",
    ),
    "education": (
        "school academic learning",
        """school student teacher university college class course exam lesson homework degree
        classroom tuition campus professor curriculum lecture learn grade graduate""",
    ),
    "environment": (
        "climate weather ecology",
        """climate emission carbon pollution warming forest wildlife recycling plastic energy
        solar wind drought flood conservation biodiversity glacier storm rain temperature""",
    ),
    "billing": (
        "bill payment pay invoice charge pricing subscription",
        """bill invoice charge charged payment pay paid card credit refund fee price subscription
        overcharge double twice bank debit receipt statement amount money renew plan tax
        discount coupon cost""",
    ),
    "shipping": (
        "delivery ship logistics deliveries dispatch tracking",
        """ship shipping delivery deliver package parcel courier tracking track arrive arrived
        transit dispatch carrier warehouse late address doorstep lost mail post customs order
        delayed""",
    ),
    "account": (
        "login access profile password authentication sign-in signin",
        """account login log password username sign reset locked email profile access verify
        verification authentication two-factor code register registration credentials settings
        delete deactivate""",
    ),
    "technical": (
        "bug support error troubleshooting fault defect outage",
        """error bug crash crashes freeze frozen install installation update app screen load
        loading website page button broken fail fails connect connection sync slow glitch blank
        reboot restart server outage timeout device browser""",
    ),
    "returns": (
        "return refund exchange replacement",
        """return refund exchange replace replacement money back send sent wrong size damaged
        defective warranty unwanted label""",
    ),
    "cancellation": (
        "cancel cancelling canceling unsubscribe termination churn",
        "cancel cancellation unsubscribe terminate end stop close quit leave downgrade",
    ),
    "sales": (
        "purchase order pre-sales quote buying inquiry enquiry",
        """buy purchase quote price pricing demo trial upgrade offer bulk order enterprise license
        licence stock available availability interested discount seats""",
    ),
    "electronics": (
        "electronic electronics",
        """phone laptop headphones speaker camera charger cable battery tablet monitor keyboard
        television tv earbuds usb wireless bluetooth console printer router""",
    ),
    "kitchen": (
        "kitchenware cookware",
        """pan pot knife kettle oven blender mixer toaster spoon fork plate bowl mug frying
        cutting skillet spatula whisk stainless""",
    ),
    "clothing": (
        "clothes fashion apparel",
        """shirt dress trousers jeans jacket coat shoe shoes sock hat sweater skirt scarf gloves
        boots cotton wool sleeve size""",
    ),
    "garden": ("gardening outdoor", "plant seed soil shovel hose lawn mower flower pot rake tree"),
    "books": ("book literature", "book novel author paperback chapter edition story reader"),
    "toys": ("toy games", "toy doll puzzle lego blocks teddy board plush kids play"),
    "beauty": ("cosmetics", "shampoo cream lipstick perfume skin lotion makeup soap hair serum"),
    "furniture": (
        "home household",
        "chair table sofa desk shelf lamp bed couch drawer cabinet rug",
    ),
    "feedback": (
        "suggestion praise compliment feature idea request",
        """suggestion suggest feedback feature idea wish would love improve add request please
        great thank thanks nice missing""",
    ),
    "complaint": (
        "complain grievance issue problem",
        """complain complaint unacceptable angry terrible disappointed worst awful rude manager
        problem issue wrong ridiculous broken never refund""",
    ),
    "spam": (
        "phishing scam junk fraud advertisement promotion",
        """free win winner won prize cash click claim congratulations urgent lottery offer limited
        guaranteed credit loan viagra casino bonus million selected exclusive unsubscribe
        inheritance wire gift reward bitcoin subscribe act instantly investment""",
    ),
    "urgent": (
        "urgency high critical emergency p1 severe important",
        """urgent urgently asap immediately emergency critical down outage now deadline today
        blocked production cannot everyone security breach crash severe lost entire losing""",
    ),
    "low": (
        "minor trivial p3 routine",
        "whenever minor typo cosmetic small wondering curious someday suggestion question rush",
    ),
    "toxic": (
        "offensive abusive hate hateful abuse insult inappropriate harmful",
        """idiot stupid moron dumb loser shut hate kill ugly disgusting trash pathetic worthless
        fool clown jerk""",
    ),
    "question": (
        "questions inquiry enquiry ask",
        "how what when where why who which can could does wondering question ask know",
    ),
    "joy": (
        "happy happiness joyful",
        """happy glad delighted joy smile laugh celebrate wonderful excited thrilled great love
        cheerful yay proud""",
    ),
    "anger": (
        "angry rage furious mad annoyed annoyance",
        """angry furious rage mad outrage hate annoyed annoying unacceptable fed yell irritated
        ridiculous sick tired""",
    ),
    "sadness": (
        "sad grief sorrow",
        """sad cry cried tears miss lonely alone grief heartbroken lost depressed mourn funeral
        sorry gloomy hurt died""",
    ),
    "fear": (
        "afraid scared anxiety anxious worry",
        """afraid scared fear terrified worry worried nervous anxious panic frightened dark
        trembling dread nightmare shaking""",
    ),
    "surprise": (
        "surprised astonishment amazement",
        """surprise surprised unexpected suddenly wow shocked astonished unbelievable believe
        speechless never expected amazed""",
    ),
    "disgust": ("disgusted", "disgusting gross nasty revolting sick vomit rotten smell filthy"),
    "love": ("affection romance", "love adore darling heart kiss sweetheart cherish beloved hug"),
    "weather": (
        "forecast",
        "rain storm snow wind sunny forecast cloud temperature coast flood thunder heat frost",
    ),
    "informal": ("casual colloquial", "hey dude lol gonna wanna yeah guys haha btw thx cool sup"),
    "formal": (
        "official polite",
        "dear sincerely regards hereby kindly request therefore pursuant sir madam enclosed",
    ),
    "english": ("en", "the and is of to in that it was for with are this you"),
    "german": ("de deutsch", "der die das und ist nicht ein eine ich mit für auf sie wir wo den"),
    "french": ("fr français", "le la les et est une des dans je vous pas pour nous où que mon"),
    "spanish": ("es español", "el la los las es una y en que por con para está mi dónde muy"),
    "italian": ("italiano", "il lo gli è una che per con sono non di dove questo mi molto"),
    "portuguese": ("pt português", "o os uma é não que para com eu você onde muito está meu"),
    "dutch": ("nl nederlands", "het een en van ik niet dat is op te zijn met voor waar mijn"),
}
TOPICS = {name: speaks.split() for name, (_, speaks) in _TOPICS.items()}
TOPIC_NAMES = {name: [name, *also.split()] for name, (also, _) in _TOPICS.items()}
