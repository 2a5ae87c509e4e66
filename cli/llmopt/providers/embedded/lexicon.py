"""The words the embedded model knows, written for llmopt: plain data, no code.

A modest vocabulary on purpose. It covers everyday English and misses much, as a
small model does.
"""

from __future__ import annotations


def bag(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


def bags(lines: dict[float, str]) -> dict[str, float]:
    """Strength → words, turned into word → strength."""
    return {word: strength for strength, line in lines.items() for word in line.split()}


STOPWORDS = bag("""
    a about above after again all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    had has have having he her here hers him his how i if in into is it its itself just let me
    more most my myself no nor not now of off on once only or other our ours out over own per
    please same she should so some such than that the their theirs them then there these they
    this those through to too under until up us very was we were what when where which while who
    whom whose why will with would you your yours don't doesn't didn't isn't aren't wasn't
    weren't won't can't couldn't shouldn't wouldn't it's i'm i've i'd you're we're they're
    that's there's what's s t
""")

ABBREVIATIONS = bag(
    "mr mrs ms dr prof st no vs etc e.g i.e jr sr inc ltd co corp approx dept fig al"
)

_IRREGULAR = """
    arrive:arrived become:became begin:began bear:born buy:bought break:broke,broken build:built
    come:came child:children choose:chose,chosen cost:cost die:died,dying draw:drew drive:drove
    fall:fallen,fell fly:flew find:found give:gave,given go:gone,went get:got grow:grew,grown
    hold:held keep:kept know:knew,known lead:led leave:left lose:lost make:made man:men meet:met
    move:moved pay:paid person:people run:ran rise:rose say:said sing:sang sit:sat see:saw,seen
    send:sent sell:sold spend:spent speak:spoke stand:stood swim:swam take:taken,took teach:taught
    think:thought throw:threw tell:told woman:women win:won wear:wore write:written,wrote
"""
IRREGULAR = {
    form: verb
    for entry in _IRREGULAR.split()
    for verb, _, forms in [entry.partition(":")]
    for form in forms.split(",")
}
"""Irregular form → the word it belongs to."""

# --- Feeling: word → strength. Phrases are matched before their single words.

_FEELING: dict[float, str] = {
    3: """amazing astonishing awesome breathtaking brilliant excellent exceptional exquisite
    fabulous fantastic flawless gorgeous impeccable incredible magnificent marvelous
    mesmerizing outstanding perfect perfection phenomenal spectacular splendid stellar stunning
    sublime superb terrific wonderful adore unbeatable masterpiece thrilled thrilling delighted
    ecstatic loved loves""",
    2: """love great beautiful best delicious delightful divine enjoy enjoyed favorite
    favourite glad happy happier helpful impressed impressive pleased pleasant pleasure
    recommend reliable satisfied sturdy superior tasty thank thankful thanks friendly
    comfortable comfy durable excited exciting enjoyable charming fun funny grateful gratitude
    joy laugh laughed refreshing smooth smoothly lovely treat bargain generous attentive caring
    gem hilarious winner worth yummy cozy stylish elegant crisp captivating gripping inspiring
    luxurious mouthwatering praise spotless seamless seamlessly kudos bravo rave heaven
    heavenly juicy silky welcoming blessed effortless effortlessly apologized giggled giggle
    smile smiling rivals invaluable rewarding upgrade vibrant witty moving touching""",
    1: """good nice fine well clean clear cool easy effective efficient fast faster fresh handy
    improved improve improvement intuitive neat prompt promptly quick quickly quiet safe sharp
    simple soft solid spacious useful warm welcome works affordable accurate better convenient
    decent fair polite professional quality responsive light strong success successful like
    liked punctual bright calm compact consistent cute flexible fluffy gentle genuine healthy
    honest knowledgeable modern organized patient practical precise pretty pure relaxing robust
    sleek snug straightforward sweet thoughtful tidy trustworthy versatile wise benefit
    benefits bonus advantage saved saves helped helps fixed solved plus pros kind""",
    -1: """boring bland cheaply confusing confused cold crowded delay delayed dirty dull flimsy
    difficult dim empty greasy hard hassle heavy incomplete inconvenient issue issues late
    lacking loud messy missing mistake mistakes noise noisy odd overrated overpriced pricey
    problem problems scratched scratch scratchy slow slower sluggish soggy stained stain stale
    sticky stiff struggle tedious thin trouble ugly uncomfortable unclear unhelpful unstable
    weak worn wrong bug bugs buggy lag laggy lags glitch glitches complicated complaint
    complain complained cramped unfortunately sadly sad mediocre expensive fault faulty leak
    leaks leaking leaked awkward blurry bumpy cheesy chewy cluttered clunky creaky crooked damp
    dated dented drafty faded fades forgettable fuzzy grainy hollow itchy muffled outdated
    painful plain predictable rough rusty saggy shaky shallow smudged strange tangled tight
    tiresome uneven unpleasant vague watery weird refund tiny squeak squeaks creak creaks flake
    flakes bubbles sag sags pills sticks stall stalls skips crumbs crumbles frayed frays
    unravel unraveled cheapest billed fuss tired tiring wobbly cons drawback downside doubt
    error errors excuse excuses hidden forgot forgotten waited wait unsure worried worry""",
    -2: """angry annoyed annoying appalled ashamed bad bent broke broken burned burnt chipped
    clogged cracked crack cracks crash crashes crashed damaged damage dead defect defective die
    dies died dislike disliked disappoint disappointed disappointing disappointment dreadful
    drained expired fail failed fails failure fake fell frustrated frustrating frustration hate
    hated ignored ignores inferior jammed jams junk lame letdown lied lies lying mess
    misleading moldy mold mouldy outrageous overheated overheats peeling peeled poor poorly
    refused regret returned returning ridiculous rip ripped rotten rude shabby shoddy shrank
    shrunk smelly smelled stinks stinky snapped stopped stuck tasteless tear torn tore
    unacceptable undercooked overcooked unhappy unreliable unresponsive unusable upset useless
    waste wasted worse avoid lousy inedible overcharged unprofessional nightmare refund sick
    spoiled terribly threw unbearably unfair unsafe unwilling vomit wrecked ruined ruins
    insulting insult hostile dirt filthy gross neglected mistreated incompetent arrogant joke
    underwhelming unimpressed underwhelmed quit quits robbed cheated swindled betrayed stolen
    stole missed""",
    -3: """abysmal appalling atrocious awful crap despicable detest disgrace disgraceful
    disgusted disgusting fraud garbage hideous horrendous horrible horrid horrific infuriating
    loathe nauseating pathetic repulsive revolting rubbish scam scammed scammers terrible trash
    unbearable vile worst worthless disaster disastrous""",
}
FEELING = bags(_FEELING)

FEELING_PHRASES = {
    tuple(phrase.split()): strength
    for strength, line in {
        2.5: """works perfectly/ works great/ works like a charm/
        exceeded my expectations/ exceeded expectations/ could not be happier/
        couldn't be happier/ can't go wrong/ second to none/ five stars/ spot on/
        without any fuss/ no fuss/ hassle free/ can't imagine/ cannot imagine/
        can't live without/ better than expected/ on the house/ free of charge/ like new/
        never had a better/ never been better/ without complaint/ would buy again/
        will buy again/ will be back/ blown away/ top notch/ can't recommend enough/
        must have/ value for money/ cannot fault""",
        1.0: """not bad/ no complaints/ no problem/ no problems/ no issues/ as described/
        as advertised/ as expected/ does the job/ does its job/ on time/ ahead of schedule/
        can't complain/ cannot complain/ pays off/ as promised/ no trouble""",
        -1.0: """could be better/ nothing special/ not worth/ room for improvement/ so so/
        hit or miss/ not sure/ a bit much/ too much/ too many/ too small/ too big/ too loud/
        too expensive/ too short/ too long/ too tight/ too slow/ too salty/ too heavy/
        too thin/ no instructions/ no response/ no reply/ no answer/ not as described/
        not as advertised/ had to wait/ wear out/ wore out""",
        -2.0: """fell apart/ falls apart/ falling apart/ stopped working/ stop working/
        broke after/ does not work/ doesn't work/ did not work/ didn't work/ never arrived/
        never again/ not working/ never answered/ never replied/ nobody answered/
        money back/ let down/ stay away/ ripped off/ rip off/ gave up/ never worked/
        half empty/ nothing like/ wouldn't wish/ gave out/ hung up/ wore off/ came off/
        comes off/ will not buy/ won't buy/ would not buy/ won't be back/ sent it back/
        sending it back/ out of order/ do not buy/ don't buy/ fed up""",
        -3.0: """thanks for nothing/ zero stars/ do not waste/ don't waste/ waste of money/
        waste of time/ waste of space/ one star""",
    }.items()
    for phrase in " ".join(line.split()).replace("/ ", "/").split("/")
}

FAILS = bag("""
    close open start turn charge connect fit hold load stay stick respond reply help last print
    sync seal stand work answer arrive come charge open heat cool lock care listen show ship
    deliver replies answers cares fits holds
""")
"""Verbs whose denial tells of a failing: "won't close", "never arrived"."""

NEGATIONS = bag("""
    not no never none nothing nobody neither nor without hardly barely scarcely cannot lacks
    lack lacked can't don't doesn't didn't isn't aren't wasn't weren't won't wouldn't couldn't
    shouldn't hasn't haven't hadn't ain't
""")
STRONGER = bag("""
    very really so extremely absolutely totally incredibly super highly truly remarkably utterly
    completely insanely exceptionally thoroughly deeply
""")
WEAKER = bag("slightly somewhat bit little fairly rather kinda mildly partly")
CONTRASTS = bag("but yet however nevertheless nonetheless")
CONCESSIONS = bag("although though despite while")

_POLARITY = {
    2.0: "delighted excellent ecstatic",
    1.0: """positive pos good happy satisfied favorable favourable pro praise compliment like
    love recommend recommended promoter thumbs-up up joyful optimistic bullish pleased""",
    0.0: "neutral mixed neither ok okay average objective passive balanced undecided unclear",
    -1.0: """negative neg bad unhappy dissatisfied unsatisfied unfavorable unfavourable con
    criticism complaint dislike angry sad hate detractor thumbs-down down pessimistic bearish
    upset frustrated critical""",
    -2.0: "terrible furious awful",
}
POLARITY = bags(_POLARITY)
"""What a label says of a feeling: -2..2."""

FALLBACK_LABELS = bag("""
    other others none neutral general unknown misc miscellaneous ham normal regular unclear
    unrelated irrelevant undetermined
""")

# --- Reading instructions.

STRONG_IMPERATIVES = bag("""
    analyze analyse answer assign calculate categorise categorize choose classify complete
    compose compute condense convert correct create decide describe detect determine draft
    estimate evaluate explain extract generate identify judge label list output paraphrase parse
    pick predict produce rank rate reply respond rewrite select solve sort state summarise
    summarize tag tell tl;dr translate write shorten simplify rephrase trim
    proofread mark grade score route flag match map name
""")
WEAK_IMPERATIVES = bag("""
    act assume avoid base be check consider end ensure fill find finish follow format give
    ignore include keep let limit look make mention note only pay provide put read remember
    return say show start stay take think treat use
""")
NOUN_HEADS = bag(
    "name mark match map score grade route flag answer label output reply respond rate list tag"
    " state sort format"
)
"""Imperatives that name a slot when they stand alone before a colon."""

OPENERS = (
    "you are a",
    "you are an",
    "you are the",
    "you will",
    "you must",
    "you should",
    "you get",
    "your task",
    "your job",
    "your goal",
    "your role",
    "your answer",
    "your reply",
    "your response",
    "the following",
    "here is the",
    "here are",
    "here's the",
    "below is",
    "below are",
    "given the",
    "given a",
    "based on",
    "i want you",
    "i need you",
    "i will give",
    "fill in",
    "fill out",
    "step by step",
    "let's think",
    "the answer must",
    "the output must",
    "no explanation",
    "nothing else",
    "one word",
    "one label",
    "one of",
    "possible ",
    "allowed ",
    "valid ",
)
DIRECTIVES = bag("""
    labels categories category-list classes options choices intents topics tags task instruction
    instructions rule rules constraints requirements format output-format response-format
    answer-format note important guidelines guideline steps role goal fields keys schema json
    definitions criteria reminder warning teams queues departments types groups
""")
CONTAINERS = bag("""
    text review input message email e-mail mail comment sentence tweet document passage context
    article content headline ticket customer-message user-message feedback post paragraph query
    customer-review product-review problem question q utterance request story transcript
    statement source data material original
""")
"""Slot names that only hold the text; any other name is taken as part of it."""

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_ONES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen
"""
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_WORDS = {word: value for value, word in enumerate(_ONES.split())} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}

COLORS = bag("""
    red blue green yellow orange purple pink brown black white grey gray silver gold beige navy
    turquoise violet teal maroon ivory
""")
COUNTRIES = bag("""
    argentina australia austria belgium brazil canada chile china colombia croatia cuba denmark
    egypt england ethiopia finland france germany ghana greece hungary iceland india indonesia
    iran iraq ireland israel italy jamaica japan jordan kenya malaysia mexico morocco nepal
    netherlands nigeria norway pakistan peru poland portugal romania russia scotland senegal
    serbia singapore slovakia slovenia spain sweden switzerland thailand tunisia turkey uganda
    ukraine uruguay venezuela vietnam wales zambia usa uk
""") | {
    "united states",
    "united kingdom",
    "south africa",
    "new zealand",
    "south korea",
}
