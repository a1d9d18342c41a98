"""How the relations of music, sports and toys are said."""

from __future__ import annotations

from oor.catalog.phrases.wording import Phrases, Wording

PHRASES: dict[str, Phrases] = {
    "bows": Phrases(
        Wording(
            verbs=("bow", "play", "glide across", "stroke", "play music on", "play notes on"),
            passives=("bowed with", "bowed by", "played with", "stroked by"),
            inverses=("with {T} playing it", "with {T} gliding across it", "with {T} stroking it"),
            adverbs=("gently", "slowly", "smoothly"),
        ),
        Wording(
            verbs=("sweep across", "coax sounds from", "travel across", "sweep back and forth across"),
            passives=("swept by", "brought to life by", "swept with"),
            inverses=("with {T} sweeping across it", "with {T} coaxing sounds from it"),
        ),
    ),
    "drums on": Phrases(
        Wording(
            verbs=("drum on", "beat", "beat on", "play", "hit", "tap on"),
            passives=("beaten by", "beaten with", "played with", "hit by"),
            inverses=("with {T} drumming on it", "with {T} beating it", "with {T} tapping on it"),
            adverbs=("rhythmically", "loudly", "softly"),
        ),
        Wording(
            verbs=("strike", "bang on", "pound on", "knock on", "pound away on"),
            passives=("struck by", "struck with", "banged on with"),
            inverses=("with {T} banging on it", "with {T} striking it"),
        ),
    ),
    "strikes": Phrases(
        Wording(
            verbs=("hit", "strike", "knock into", "knock away", "tap", "drive"),
            passives=("hit by", "hit with", "struck by", "knocked away by"),
            inverses=("with {T} hitting it", "with {T} striking it", "with {T} about to hit it"),
            adverbs=("cleanly", "forcefully", "squarely"),
        ),
        Wording(
            verbs=("smack", "launch", "smash into", "whack", "bump into"),
            passives=("smacked by", "launched by", "whacked with"),
            inverses=("with {T} smacking it", "with {T} about to smack it"),
        ),
    ),
    "types at": Phrases(
        Wording(
            verbs=("type at", "type on", "type away at", "work at", "type words on", "type away on"),
            passives=("typed on by", "typed at by", "operated by"),
            inverses=("with {T} typing at it", "with {T} typing on it", "with {T} working at it"),
            adverbs=("busily", "slowly", "eagerly"),
        ),
        Wording(
            verbs=("peck at", "tap away at", "enter text on", "compose messages on", "toil at"),
            passives=("pecked at by", "tapped on by", "manned by"),
            inverses=("with {T} tapping away at it", "with {T} pecking at it"),
        ),
    ),
    "plays": Phrases(
        Wording(
            verbs=("play", "play music on", "perform on", "practice on", "play tunes on", "perform music on"),
            passives=("played by", "practiced on by", "performed on by"),
            inverses=("with {T} playing it", "with {T} playing music on it", "with {T} performing on it"),
            adverbs=("happily", "loudly", "skillfully"),
        ),
        Wording(
            verbs=("rehearse on", "improvise on", "jam on", "bang away on", "noodle on"),
            passives=("rehearsed on by", "brought to life by", "jammed on by"),
            inverses=("with {T} rehearsing on it", "with {T} improvising on it"),
        ),
    ),
    "sits on": Phrases(
        Wording(
            verbs=("sit on", "sit down on", "relax on", "take a seat on", "sit back on"),
            passives=("sat on by", "occupied by", "taken by"),
            inverses=("with {T} sitting on it", "with {T} relaxing on it", "with {T} seated on it"),
            adverbs=("calmly", "comfortably", "happily"),
        ),
        Wording(
            verbs=("settle down on", "lounge on", "perch on", "laze on"),
            passives=("claimed by", "lounged on by", "perched on by"),
            inverses=("with {T} lounging on it", "with {T} settled on it"),
        ),
    ),
    "rides on": Phrases(
        Wording(
            verbs=("ride", "ride on", "take a ride on", "enjoy a ride on", "ride along on"),
            passives=("ridden by", "ridden on by", "taken for a ride by"),
            inverses=("with {T} riding it", "with {T} riding on it", "with {T} enjoying a ride on it"),
            adverbs=("happily", "bravely", "carefully"),
        ),
        Wording(
            verbs=("cruise on", "zoom along on", "travel on", "race along on"),
            passives=("steered by", "mounted by", "piloted by"),
            inverses=("with {T} cruising on it", "with {T} zooming along on it"),
        ),
    ),
    "worn by": Phrases(
        Wording(
            verbs=("adorn", "decorate", "cover the head of", "adorn the head of"),
            passives=("adorned with", "adorned by", "decorated with", "dressed up with"),
            inverses=("wearing {T}", "sporting {T}", "with {T} worn on its head"),
            adverbs=("nicely", "neatly", "beautifully"),
        ),
        Wording(
            verbs=("embellish", "grace", "accessorize", "ornament"),
            passives=("accessorized with", "embellished with", "kitted out with"),
            inverses=("modeling {T}", "decked out with {T}"),
        ),
    ),
    "faces": Phrases(
        Wording(
            verbs=("face", "face toward", "face squarely toward", "face straight toward"),
            passives=("faced by", "faced directly by", "faced squarely by"),
            inverses=("with {T} facing it", "with {T} turned toward it", "with {T} facing toward it"),
            adverbs=("squarely", "directly", "fully"),
        ),
        Wording(
            verbs=("point toward", "orient itself toward", "angle toward", "point straight at"),
            passives=("pointed at by", "looked at by", "looked toward by"),
            inverses=("with {T} pointed at it", "with {T} oriented toward it"),
        ),
    ),
    "points at": Phrases(
        Wording(
            verbs=("point at", "aim at", "point toward", "point straight at", "aim straight at", "target"),
            passives=("pointed at by", "aimed at by", "aimed at with", "targeted by"),
            inverses=("with {T} pointing at it", "with {T} aimed at it", "with {T} pointed at it"),
            adverbs=("directly", "steadily", "carefully"),
        ),
        Wording(
            verbs=("zero in on", "home in on", "focus on", "direct itself at", "lock onto"),
            passives=("zeroed in on by", "focused on by", "singled out by"),
            inverses=("with {T} directed at it", "with {T} zeroing in on it"),
        ),
    ),
    "blows on": Phrases(
        Wording(
            verbs=("blow on", "blow at", "blow air at", "blow air onto", "cool", "cool off"),
            passives=("cooled by", "cooled off by", "blown on by", "blown at by"),
            inverses=("with {T} blowing on it", "with {T} blowing air at it", "with {T} cooling it"),
            adverbs=("gently", "quietly", "steadily"),
        ),
        Wording(
            verbs=("ventilate", "puff air at", "waft air toward", "push air across", "puff at"),
            passives=("ventilated by", "blasted with air by", "chilled by"),
            inverses=("with {T} wafting air toward it", "with {T} puffing air at it"),
        ),
    ),
    "photographs": Phrases(
        Wording(
            verbs=("photograph", "take a photo of", "take a picture of", "film", "capture", "take pictures of"),
            passives=("photographed by", "photographed with", "filmed by", "captured by"),
            inverses=("with {T} photographing it", "with {T} filming it", "with {T} taking a picture of it"),
            adverbs=("carefully", "quickly", "steadily"),
        ),
        Wording(
            verbs=("shoot", "record", "zoom in on", "focus on", "immortalize"),
            passives=("recorded by", "immortalized by", "focused on by"),
            inverses=("with {T} shooting it", "with {T} zooming in on it"),
        ),
    ),
    "sprays": Phrases(
        Wording(
            verbs=("spray", "spray water on", "spray water at", "mist", "squirt", "squirt water on"),
            passives=("sprayed by", "sprayed with", "misted by", "squirted with"),
            inverses=("with {T} spraying it", "with {T} spraying water on it", "with {T} misting it"),
            adverbs=("lightly", "gently", "evenly"),
        ),
        Wording(
            verbs=("spritz", "moisten", "dampen", "splash", "drizzle liquid on"),
            passives=("spritzed by", "moistened by", "dampened with"),
            inverses=("with {T} spritzing it", "with {T} dampening it"),
        ),
    ),
    "drops into": Phrases(
        Wording(
            verbs=("drop into", "fall into", "drop down into", "fall down into", "descend into"),
            passives=("entered by", "entered from above by", "entered straight from above by"),
            inverses=("with {T} dropping into it", "with {T} falling into it", "receiving {T}"),
            adverbs=("neatly", "cleanly", "slowly"),
        ),
        Wording(
            verbs=("tumble into", "plunge into", "disappear into", "vanish into"),
            passives=("met by", "met from above by"),
            inverses=("with {T} tumbling into it", "swallowing {T}"),
        ),
    ),
}

MORE_VERBS: dict[str, str] = {
    "bows": "fiddle fiddles fiddling rub rubs rubbing gliding caress caresses caressing sounding",
    "drums on": "drummed tapped bash bashes bashing thump thumps thumping rap raps rapping play plays playing beaten hitting",
    "strikes": "swing swings swinging swung bat bats batting putt putts putting kick kicks kicking slam slams slamming shoot "
               "shoots shooting struck drove",
    "types at": "typed operate operates operating program programs programming write writes writing",
    "plays": "perform performed practise practises practising practised strum strums strumming drum drums drumming tinkle "
             "tinkles tinkling",
    "sits on": "seated sat lounged relaxes relaxed chill chills chilling settles settled snuggle snuggles snuggling",
    "rides on": "rode surf surfs surfing skate skates skating skateboarding sail sails sailing steer steers steering",
    "worn by": "wear wears wearing wore worn sport sports sporting don dons donning donned dressed clad crowned decked modeling "
               "modelling capped",
    "faces": "faced watch watches watching gaze gazes gazing stare stares staring turned oriented angled aimed aim aims aiming",
    "points at": "pointed aimed directed trained shine shines shining beam beams beaming",
    "blows on": "blew cooled fanning fanned air airs airing refresh refreshes refreshing",
    "photographs": "photographed snap snaps snapping snapped shot recorded films filmed focuses focusing capturing",
    "sprays": "sprayed squirted misted clean cleans cleaning cleaned wet wets wetting water waters watering",
    "drops into": "toss tosses tossing tossed "
                  "dropped dropping fell fallen sink sinks sinking sank score scores scoring shot swish swishes swishing slip "
                  "slips slipping slide sliding insert inserted inserting receive receives receiving swallow swallows swallowing "
                  "catch catches catching deposited dunk dunks dunking dunked throw thrown toss tossed go goes going",
}
