"""The words that ascribe speech: verbs in all their forms, and the nouns that stand for them."""

SAY = """
say tell add state declare announce explain note write tweet retweet post ask reply respond answer retort recall remark
observe comment continue conclude insist argue acknowledge admit concede confess claim contend assert maintain allege
warn caution stress emphasize emphasise underline underscore reiterate repeat suggest predict quip joke shout yell cry
scream exclaim declaim chant lament complain testify recount relate report boast brag muse wonder wisecrack opine
offer interject counter plead urge demand vow pledge promise affirm confirm deny reveal disclose indicate point inform
assure remind advise counsel reason elaborate clarify mutter murmur whisper sigh snap scoff sniff shrug laugh grin
beam bark roar thunder bellow intone inquire query conjecture speculate text email e-mail message blog read go proclaim
pronounce attest aver avow profess protest object agree caption summarize summarise sum begin open close finish
echo propose signal hint gripe grumble rant rail fume venture volunteer advertise apologize apologise crow deadpan
imply confide stipulate start demur react retaliate interrupt concur summarise 
gush marvel ponder posit theorize preach sing recite rule write find signal think believe warble swear
""".split()
LABEL = """
call describe label brand dub characterize characterise denounce criticize criticise praise blast slam condemn hail
dismiss refer portray deride decry accuse mock tout cite blame credit cast deem name title entitle nickname term thank
attack ridicule lambast lambaste assail bash rip chide scold admonish invoke quote liken compare reference mention
question challenge reject rebuke defend endorse express voice issue deliver release publish send feel
expect hope fear want see consider view regard imagine doubt promote push use coin list identify detail discuss
advocate encourage oppose support applaud commend salute welcome bemoan champion address target depict paint frame
threaten pan savage skewer disparage demean insult castigate berate upbraid lash savor relish recommend request order
instruct demand estimate contain include show feature sign propose conceive guarantee justify taunt tease greet
""".split()
IRREGULAR = {
    "say": "said saying",
    "tell": "told telling",
    "write": "wrote written writing",
    "begin": "began begun beginning",
    "go": "went gone going",
    "read": "read reading",
    "sing": "sang sung singing",
    "find": "found finding",
    "think": "thought thinking",
    "swear": "swore sworn swearing",
    "cry": "cried crying",
    "reply": "replied replying",
    "deny": "denied denying",
    "testify": "testified testifying",
    "clarify": "clarified clarifying",
    "quip": "quipped quipping",
    "admit": "admitted admitting",
    "brag": "bragged bragging",
    "snap": "snapped snapping",
    "blog": "blogged blogging",
    "grin": "grinned grinning",
    "aver": "averred averring",
    "sum": "summed summing",
    "label": "labeled labelled labeling labelling",
    "signal": "signaled signalled signaling signalling",
    "counsel": "counseled counselled counseling counselling",
    "refer": "referred referring",
    "dub": "dubbed dubbing",
    "slam": "slammed slamming",
    "cast": "cast casting",
    "rip": "ripped ripping",
    "send": "sent sending",
    "feel": "felt feeling",
    "see": "saw seen seeing",
    "decry": "decried decrying",
    "pan": "panned panning",
    "justify": "justified justifying",
    "identify": "identified identifying",
    "rebut": "rebutted rebutting",
    "agree": "agreed agreeing",
    "quiz": "quizzed quizzing",
    "show": "showed shown showing",
    "paint": "painted painting",
}
NOUNS = """
statement statements warning warnings claim claims remark remarks comment comments promise promises pledge
pledges vow vows announcement declaration assertion argument allegation allegations accusation accusations
message words tweet tweets suggestion admission complaint threat threats insistence contention opinion view
belief conclusion response reply answer question letter slogan headline chant chants cry refrain quote motto
line caption post
""".split()
# Words that are verbs of speech in one sentence and plain nouns in the next.
ALSO_NOUNS = frozenset(
    """claim claims report reports comment comments state states note notes call calls answer answers post posts
    message messages text texts email emails object objects cry cries sigh read reads question questions view
    views name names use uses list lists details detail target targets offer offers demand demands promise
    promises pledge pledges vow vows request requests order orders hopes hope fears fear quote quotes support
    supports attack attacks challenge challenges blog reference references estimate estimates frame term terms
    title titles counter reason reasons rule rules show shows chant chants sign signs
    close open finish finding findings writing reading
    opening beginning feeling suggestions cast addresses address""".split()
)
BE = frozenset("is are was were be been being 's ’s get got gets".split())
HAVE = frozenset("has have had 've ’ve".split())
MODAL = frozenset("will would can could may might must shall should do does did 'll 'd".split())
AUXILIARIES = BE | HAVE | MODAL
ADVERBS = frozenset(
    """also later then now once again often only just even still never always reportedly recently repeatedly first
    earlier previously since too simply not famously openly publicly flatly instead already initially eventually
    finally further both all yesterday today tonight soon ever long quickly similarly n't n’t sometimes
    nonetheless nevertheless monday tuesday wednesday thursday friday saturday sunday twice apparently likewise
    jokingly memorably once-again thus therefore rather""".split()
)
ARTICLES = frozenset("a an the his her their its my our your this these those no".split())
PRONOUNS = frozenset("he she they it i we you who".split())


def _forms(lemma: str) -> dict[str, str]:
    """Return each form of a verb with its kind: base, s, past, ing; a past is taken to be the participle too."""
    if lemma.endswith(("s", "sh", "ch", "x", "z", "o")):
        third = lemma + "es"
    elif lemma.endswith("y") and lemma[-2] not in "aeiou":
        third = lemma[:-1] + "ies"
    else:
        third = lemma + "s"
    if lemma in IRREGULAR:
        others = IRREGULAR[lemma].split()
    else:
        stem = lemma[:-1] if lemma.endswith("e") and lemma != "see" else lemma
        others = [stem + "ed", stem + "ing"]
    kinds = {word: "ing" if word.endswith("ing") and word != "sing" else "past" for word in others}
    return {lemma: "base", third: "s"} | kinds


SAYING = {form: kind for lemma in SAY for form, kind in _forms(lemma).items()}
LABELLING = {form: kind for lemma in LABEL for form, kind in _forms(lemma).items() if form not in SAYING}
# Verbs that speak only with their particle.
PHRASAL = {
    form: frozenset(particles.split())
    for forms, particles in {
        "put puts putting": "it",
        "fired fires firing shot shoots hit hits pushed pushes lashed struck wrote clapped bit "
        "snapped responded": "back",
        "chimed chimes weighed weighs": "in",
        "blurted blurts spelled cried called": "out",
        "wrapped": "up",
        "read reads": "one",
    }.items()
    for form in forms.split()
}
# Too common in other senses to be trusted unless they touch the quotation.
SHY = frozenset(
    form
    for lemma in """
    go read begin start react open close finish rule find offer point text sum laugh grin shrug beam sigh relate
    reason object sing think believe counter post use want see show contain include list name title send feature
    sign target push cast frame paint order support feel expect hope fear consider issue publish release deliver
    message signal counsel address""".split()
    for form in _forms(lemma)
)
VERBS = LABELLING | SAYING
CUE_NOUNS = frozenset(NOUNS)
SPOKEN_TO = frozenset(
    form for lemma in ("tell", "ask", "remind", "assure", "inform", "advise", "warn", "urge") for form in _forms(lemma)
)
ISSUING = frozenset(form for lemma in "issue deliver release send post publish".split() for form in _forms(lemma))

# Verbs that report a statement in the words of the reporter: behind most of them it needs its "that".
REPORT = """
say tell add announce explain note argue claim contend assert maintain allege insist acknowledge admit concede confess
warn caution stress emphasize emphasise reiterate suggest predict testify recount report boast complain declare state
affirm confirm deny reveal disclose indicate conclude observe remark recall reply respond tweet write vow pledge promise
agree estimate find show rule propose demand recommend point post comment hint signal imply pronounce clarify quip
confide stipulate speculate conjecture attest aver avow mention
advise inform assure remind caution counter joke lament brag underscore underline swear threaten opine
""".split()
BARE = frozenset(
    form
    for lemma in "say tell add claim argue insist explain warn note suggest acknowledge admit tweet "
    "write allege contend testify recall predict announce report promise vow concede maintain".split()
    for form in _forms(lemma)
)
FRONTING = BARE | frozenset(
    form
    for lemma in "reveal disclose confirm state declare assert affirm caution stress "
    "observe remark reply respond conclude reiterate estimate show find recount".split()
    for form in _forms(lemma)
)
PROMISING = frozenset(form for lemma in "promise vow pledge swear".split() for form in _forms(lemma))
DENYING = frozenset(_forms("deny"))
REPORTING = frozenset(form for lemma in REPORT for form in _forms(lemma)) | {"according"}
# A thing that is denied, wished or only possible to say is not said.
UNSAID = frozenset(
    "not never n't cannot without declined refused to can could should would may might must will shall "
    "'ll 'd if whether let did does do".split()
)
NEEDS_THAT = REPORTING - BARE - FRONTING - PROMISING - DENYING - {"according"}
VEILING = frozenset("anonymity anonymous anonymously authorized authorised named identified condition".split())
