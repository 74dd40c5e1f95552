"""The words by which page furniture gives itself away, by reason, in the languages that newsmill reads.

Every phrase is written as it is compared: in lower case, words only, numbers left out.
"""

from collections.abc import Iterable

# A line that says nothing but this. The whole line counts, so short everyday words are safe here.
WHOLE_LINES = {
    "error_banner": (
        "accept; accept all; reject all; i agree; manage choices; manage preferences; retry; "
        "sorry; oops; error; whoops; uh oh; page not found; not found; error not found; file not found; forbidden; "
        "error forbidden; access denied; unauthorized; bad gateway; service unavailable; internal server error; "
        "gateway timeout; gateway time out; bad request; too many requests; request timeout; gone; "
        "article not found; content not found; content unavailable; page unavailable; page cannot be found; "
        "something went wrong; an error occurred; an error has occurred; just a moment; one more step; attention "
        "required; "
        "http error; http not found; http forbidden; error code; http status not found; maintenance; under "
        "maintenance; down for maintenance; we ll be back soon; be right back; "
        "seite nicht gefunden; fehler; zugriff verweigert; page introuvable; page non trouvée; erreur; accès refusé; "
        "página no encontrada; error de página; acceso denegado; pagina non trovata; errore; accesso negato; "
        "página não encontrada; erro; acesso negado; pagina niet gevonden; oeps; cookie notice; cookie consent"
    ),
    "legal_disclaimer": (
        "legal disclaimer; disclaimer; disclaimers; legal notice; important disclosures; disclosure; disclosures; "
        "forward looking statements; terms of use disclaimer; haftungsausschluss; rechtlicher hinweis; "
        "avertissement; mentions légales; clause de non responsabilité; aviso legal; descargo de responsabilidad; "
        "avvertenza; note legali; isenção de responsabilidade"
    ),
    "comments": (
        "comments; comment; no comment; no comments; no comments yet; reader comments; readers comments; user "
        "comments; "
        "leave a comment; leave a reply; leave your comment; leave comment; leave comments; leave a response; post "
        "a comment; post comment; "
        "post your comment; post new comment; add a comment; add comment; add your comment; add new comment; "
        "add your comments; make a comment; submit comment; submit a comment; write a comment; be the first to "
        "comment; "
        "join the conversation; join the discussion; join the debate; have your say; your comments; view comments; "
        "view all comments; show comments; see all comments; read comments; read all comments; load more comments; "
        "comments closed; "
        "comments are closed; comments off; comments policy; comment policy; comment on this story; comment on this "
        "article; "
        "comments on this article; comments on this story; comments about this article; most recent comments; "
        "latest comments; recent comments; "
        "responses; response; replies; reader reactions; reader feedback; reactions; talkback; talkbacks; discuss "
        "this story; "
        "discuss this article; discussion; conversation; what do you think; your view; your views; viewpoints; "
        "be the first to post a comment; be the first to comment on this story; user reviews; trackbacks; "
        "trackback; pingbacks; "
        "report abuse; report this comment; report comment; flag comment; reply to this comment; sort by newest; "
        "kommentare; kommentar; keine kommentare; kommentar schreiben; kommentar verfassen; leserkommentare; "
        "diskussion; "
        "commentaires; commentaire; aucun commentaire; laisser un commentaire; ajouter un commentaire; vos "
        "réactions; réagir; "
        "comentarios; comentario; deja un comentario; deja tu comentario; ningún comentario; sin comentarios; "
        "commenti; commento; lascia un commento; nessun commento; comentários; comentário; deixe um comentário; "
        "sem comentários; reacties; reageer; geef een reactie; kommentarer; komentarze"
    ),
    "navigation": (
        "home; homepage; menu; main menu; navigation; search; close; open; subscribe; back; back to top; top; next; "
        "previous; prev; "
        "skip to content; skip to main content; skip to navigation; skip navigation; jump to content; toggle "
        "navigation; "
        "log in; login; log out; logout; sign in; sign out; register; my account; account; site map; sitemap; "
        "contact; contact us; about; about us; help; faq; faqs; privacy; privacy policy; cookie policy; terms; "
        "terms of use; "
        "terms of service; terms and conditions; terms conditions; careers; jobs; advertise; advertise with us; "
        "rss; rss feeds; rss feed; archive; "
        "archives; more; show more; load more; view more; continue reading; full story; read full story; "
        "all news; latest; you are here; "
        "latest news; sections; topics; categories; category; tags; tag; feedback; accessibility; mobile; apps; "
        "print edition; e paper; "
        "continue reading below; story continues below; article continues below; story continues; expand; collapse; "
        "video; videos; photos; photo gallery; gallery; audio; podcasts; live; watch live; news; world; politics; "
        "business; sport; sports; "
        "technology; tech; science; health; entertainment; opinion; culture; travel; lifestyle; weather; games; "
        "startseite; suche; anmelden; impressum; datenschutz; kontakt; mehr; weiterlesen; zurück; "
        "accueil; recherche; connexion; se connecter; contactez nous; lire la suite; plus; "
        "inicio; buscar; iniciar sesión; contacto; leer más; más; cerca; accedi; contatti; leggi tutto; altro; "
        "início; busca; entrar; contato; leia mais; mais; zoeken; inloggen; lees meer; meer; forside"
    ),
    "share": (
        "share; shares; share this; share this story; share this article; share this page; share article; share "
        "story; share on; "
        "share with friends; facebook; twitter; tweet; tweets; linkedin; whatsapp; pinterest; reddit; flipboard; "
        "instagram; youtube; telegram; tumblr; email; e mail; mail; print; print this; print this page; print this "
        "story; "
        "print this article; print article; print story; print page; printer friendly; printer friendly version; "
        "printable version; print version; "
        "print friendly; email this; email this story; email this article; email article; email story; e mail this; "
        "email this page; "
        "e mail this story; e mail this article; email to a friend; e mail to a friend; email a friend; e mail a "
        "friend; send to a friend; "
        "send to friend; tell a friend; email friend; "
        "copy link; save; save article; save this; bookmark; bookmark this; bookmark this page; like; like this; "
        "recommend; recommend this; digg; digg this; "
        "digg it; del icio us; delicious; stumbleupon; stumble upon; google; newsvine; fark; technorati; furl; "
        "mixx; yahoo; "
        "yahoo buzz; google plus; facebook twitter; post to del icio us; add to del icio us; add to facebook; add "
        "to digg; social bookmarking; "
        "text size; font size; larger text; smaller text; increase text size; decrease text size; resize text; "
        "article tools; story tools; tools; tools sponsor; discuss; comment print email; follow us; follow; "
        "rate this; rate this story; rate this article; respond to this article; send feedback; permalink; single "
        "page; listen; listen to article; "
        "teilen; artikel teilen; drucken; versenden; merken; partager; imprimer; envoyer; compartir; imprimir; "
        "enviar; "
        "condividi; stampa; invia; compartilhar; compartilhe; delen; afdrukken; dela; skriv ut"
    ),
    "newsletter": (
        "newsletter; newsletters; sign up; subscribe by email; sign up for our newsletter; subscribe to our "
        "newsletter; subscribe now; get the newsletter; "
        "e mail alerts; email alerts; your email address; email address; enter your email; enter your email address; "
        "thank you for subscribing; thanks for subscribing; sign up now; newsletter abonnieren; s abonner; s "
        "inscrire; "
        "suscríbete; suscribirse; iscriviti; iscriviti alla newsletter; inscreva se; assine; nieuwsbrief"
    ),
    "related": (
        "related; read more; see more; more news; related stories; related articles; related content; related news; "
        "related links; related topics; related items; "
        "related coverage; related story; related article; related posts; related reading; related information; "
        "related to this story; "
        "more on this story; more on this topic; more on this; more from this section; more stories; more headlines; "
        "more top stories; more articles; more like this; more news; more coverage; more information; other "
        "stories; other news; other articles; "
        "other headlines; other top stories; in other news; also read; read also; also see; see also; also in the "
        "news; also on; read next; up next; next up; "
        "next article; next story; previous article; previous story; recommended; recommended stories; recommended "
        "for you; recommended reading; "
        "recommended articles; you may also like; you might also like; you might be interested in; you may be "
        "interested in; "
        "top stories; top headlines; top news; latest news; latest stories; latest headlines; latest articles; "
        "breaking news; headlines; most read; most popular; most viewed; most emailed; most e mailed; most "
        "commented; most shared; most recent; most watched; "
        "most popular stories; most read stories; popular; popular stories; popular articles; popular now; popular "
        "posts; trending; trending now; "
        "trending stories; what s hot; what s new; editor s picks; editors picks; editor s choice; editors choice; "
        "don t miss; must read; "
        "must reads; must see; from around the web; around the web; from the web; elsewhere on the web; sponsored "
        "stories; "
        "promoted stories; promoted content; paid content; sponsored content; featured; featured stories; featured "
        "articles; features; special reports; "
        "special report; in depth; in this section; story archive; news archive; recent stories; recent news; "
        "recent articles; recent posts; recent headlines; "
        "blogs; photo galleries; links; external links; internet links; related internet links; useful links; "
        "upcoming events; today s headlines; today s top stories; story highlights; more in this section; stories "
        "from elsewhere; "
        "further reading; keep reading; explore more; what to read next; what others are reading; readers also read; "
        "top picks; our picks; more from the web; more for you; for you; just in; just for you; in pictures; in "
        "case you missed it; "
        "mehr zum thema; zum thema; lesen sie auch; das könnte sie auch interessieren; meistgelesen; weitere "
        "artikel; "
        "auch interessant; ähnliche artikel; à lire aussi; lire aussi; sur le même sujet; les plus lus; articles "
        "liés; voir aussi; à découvrir; "
        "noticias relacionadas; artículos relacionados; te puede interesar; lo más leído; lo más visto; más "
        "noticias; lea también; "
        "leggi anche; articoli correlati; i più letti; potrebbe interessarti; leia também; leia mais; veja também; "
        "notícias relacionadas; mais lidas; "
        "lees ook; meest gelezen; meer nieuws; gerelateerde artikelen; les også; läs också; læs også"
    ),
    "advertisement": (
        "advertisement; advertisements; advertising; ad; ads; advert; sponsored; sponsored by; sponsor; sponsors; "
        "sponsored link; sponsored links; promoted; "
        "paid post; ads by google; google ads; ads by yahoo; adchoices; ad choices; advertisement advertisement; "
        "scroll to continue; "
        "advertisement continue reading below; advertisement scroll to continue; click here to subscribe; your ad "
        "here; advertise here; "
        "anzeige; werbung; publicité; annonce; publicidad; anuncio; pubblicità; publicidade; advertentie; reklama; "
        "reklam; mainos"
    ),
    "caption": "caption; hide caption; toggle caption; enlarge; enlarge image; click to enlarge; enlarge this image; "
    "view larger image; "
    "image; photo; photos; image caption; image copyright; media caption; picture; zoom; slideshow; slide show; "
    "view slideshow; "
    "view gallery; close video; play video; watch the video; now playing; playback error; media playback is "
    "unsupported on your device",
    "byline": "about the author; about the authors; author; staff writer; staff reporter; staff report; from staff "
    "reports",
    "copyright": "all rights reserved; alle rechte vorbehalten; tous droits réservés; todos los derechos reservados; "
    "tutti i diritti riservati; riproduzione riservata; todos os direitos reservados",
}

# A line that begins with this and has at most so many words.
OPENINGS = {
    "error_banner": (40, (
        "error we re sorry; this page; your privacy; go back to; we are down for; we re down for; down for "
        "maintenance; we will be back; we re sorry but the page; we re sorry the page; we are sorry but the page; "
        "we are sorry the page; "
        "sorry the page; sorry but the page; sorry this page; sorry that page; sorry we can t find; sorry we couldn "
        "t find; "
        "sorry we could not find; sorry we cannot find; sorry you have been blocked; sorry something went wrong; "
        "sorry this content; sorry this article; sorry this story; "
        "the page you requested; the page you are looking for; the page you were looking for; the page you re "
        "looking for; the page requested; "
        "the requested page; the requested url; the article you requested; the article you are looking for; the "
        "link you followed may be; "
        "oops the page; oops we can t; oops that page; oops something; oops this page; this page could not be "
        "found; this page can t be found; "
        "this page cannot be found; this page doesn t exist; this page does not exist; this page isn t available; "
        "this page is not available; "
        "this content is not available; this content isn t available; this content is no longer available; "
        "this article is no longer available; this story is no longer available; error the page; http error; error "
        "page not found; error not found; "
        "page not found; not found the; forbidden you; access denied you; access to this page has been denied; you "
        "don t have permission to access; "
        "you do not have permission to access; you are not authorized to; your access to this; access to this site; "
        "an error occurred; an unexpected error; an error has occurred; something went wrong; "
        "please enable javascript; please enable cookies; please turn on javascript; javascript is disabled; "
        "javascript is required; "
        "javascript must be enabled; you need to enable javascript; this site requires javascript; your browser "
        "does not support; your browser is not supported; "
        "your browser is out of date; you are using an outdated browser; you are using an old browser; enable "
        "javascript and cookies to continue; "
        "checking your browser; checking if the site connection is secure; verify you are human; verifying you are "
        "human; please verify you are; "
        "confirm you are human; are you a robot; we have detected unusual; our systems have detected unusual; "
        "we use cookies; we and our partners use; we and our partners store; this site uses cookies; this website "
        "uses cookies; our site uses cookies; "
        "our website uses cookies; by using this site you agree; by using this website you agree; by continuing to "
        "use this site; "
        "by continuing to browse; by clicking accept; by accepting all cookies; cookies help us; we value your "
        "privacy; we care about your privacy; "
        "accept all cookies; accept cookies; manage cookies; cookie settings; the server encountered; the server is "
        "temporarily; "
        "this site is temporarily; the site is temporarily; please try again later; try refreshing the page; go "
        "back to the homepage; "
        "return to the homepage; return to homepage; go to the homepage; "
        "die seite die sie; die angeforderte seite; diese seite existiert nicht; diese seite wurde nicht gefunden; "
        "diese seite konnte nicht; "
        "leider wurde die seite; leider konnte die seite; wir verwenden cookies; diese website verwendet cookies; "
        "diese webseite verwendet cookies; "
        "bitte aktivieren sie javascript; "
        "la page que vous; cette page n existe; désolé la page; désolé cette page; désolés la page; nous utilisons "
        "des cookies; ce site utilise des cookies; "
        "la página que; esta página no existe; lo sentimos la página; lo sentimos pero la página; utilizamos "
        "cookies; este sitio utiliza cookies; "
        "este sitio web utiliza cookies; usamos cookies; "
        "la pagina che; questa pagina non esiste; spiacenti la pagina; questo sito utilizza; utilizziamo i cookie; "
        "a página que você; desculpe a página; esta página não existe; este site utiliza cookies; este site usa "
        "cookies; "
        "deze website gebruikt cookies; wij gebruiken cookies; de pagina die u"
    )),
    "comments": (30, (
        "log in to comment; login to comment; sign in to comment; log in to post; login to post; register to "
        "comment; "
        "log in or register to; login or register to; please log in to; please login to; please sign in to; you "
        "must be logged in; you need to be logged in; "
        "you must be a registered; you must log in; to post a comment; to comment please; "
        "to leave a comment; to add a comment; want to comment; do you have a comment; what do you think of; what "
        "do you think about; "
        "what do you think leave; tell us what you think; let us know what you think; share your thoughts; share "
        "your views; join the conversation; "
        "join the discussion; be the first to comment; be the first to post; be the first to leave; be the first to "
        "review; there are no comments; there are currently no comments; "
        "no comments have; no one has commented; nobody has commented; comments are closed; comments on this; "
        "comments are moderated; "
        "comments for this; comments have been; commenting is; commenting on this; commenting has been; comment on "
        "this; comments powered by; "
        "comments policy; comments from readers; comments to date; please read our comment; please read our "
        "community; "
        "your comment will; your email address will not be; required fields are marked; notify me of; the comments "
        "below have; "
        "the following comments; the opinions expressed in the comments; all comments are; all comments must; "
        "posted by; comment by; reply to; report abuse; report this comment; view all comments; read all comments; "
        "see all comments; view comments; "
        "read comments; add your comment; add a comment; post a comment; leave a comment; leave your comment; leave "
        "a reply; have your say; "
        "send us your comments; send your comments; characters left; characters remaining; "
        "kommentar schreiben; bitte melden sie sich an um; diskutieren sie; connectez vous pour commenter; vous "
        "devez être connecté; "
        "inicia sesión para comentar; debes iniciar sesión; accedi per commentare; faça login para comentar"
    )),
    "share": (16, (
        "share on; share by; share this; share via; share to; share with; share story; share article; tweet this; "
        "email this; e mail this; print this; bookmark this; "
        "follow us on; follow us; find us on; like us on; follow on; follow me on; add us on; join us on; connect "
        "with us; send this; send to a friend; "
        "save this; post to; add to; digg this; text size; font size; click to share; click here to print; click to "
        "print; "
        "printer friendly; printable; e mail article; email article; email to; e mail to; rss feed; subscribe to "
        "rss; subscribe to this; "
        "auf facebook; auf twitter; partager sur; compartir en; condividi su; compartilhar no; delen op; follow "
        "and; sign up for rss"
    )),
    "newsletter": (60, (
        "sign up for; sign up to; sign up now; sign up here; signup for; subscribe to our; subscribe to the; "
        "subscribe to get; subscribe now; subscribe for; "
        "subscribe today; subscribe here; "
        "get our; get the latest; get breaking news; get the best of; get more stories; get daily; get alerts; get "
        "news alerts; get email; get e mail; get free; "
        "enter your email; join our newsletter; join our mailing; receive our; receive the latest; receive daily; "
        "receive news; "
        "want more stories like; want the latest; want to get; don t miss a story; delivered to your inbox; start "
        "your day with; keep up with the latest; "
        "stay up to date; stay informed; stay connected; already a subscriber; not a subscriber; already subscribed; "
        "thank you for subscribing; thanks for signing up; thank you for signing up; please enter a valid; please "
        "check your inbox; "
        "by signing up; by subscribing; by submitting your email; by entering your email; you can unsubscribe; no "
        "spam; "
        "newsletter sign up; newsletter signup; melden sie sich für; jetzt anmelden; abonnieren sie; recevez; "
        "inscrivez vous; abonnez vous; "
        "suscríbete; suscríbase; recibe; iscriviti; ricevi; assine; inscreva se; cadastre se; receba; schrijf je "
        "in; meld je aan"
    )),
    "related": (30, (
        "related; read more; see more; see also; read also; also read; also see; read next; more on; more from; "
        "more in; more about; more stories; "
        "other stories; other news; watch; watch now; watch video; listen; click here; click to; tap here; "
        "download; view more; view all; view the; "
        "see all; see our; visit our; for more; full coverage; full story; continue reading; recommended; next "
        "story; previous story; next article; previous article; "
        "next; previous; up next; most popular; most read; top stories; latest news; more news; more headlines; "
        "from the archive; from our archive; special report; photos; video; gallery; in pictures; don t miss; must "
        "read; "
        "you may also; you might also; return to; back to; go to; "
        "lesen sie; mehr zum; mehr dazu; lire aussi; à lire; voir aussi; lire la suite; leer más; lea también; lea "
        "además; ver más; "
        "leggi anche; leggi tutto; leia também; leia mais; veja também; lees ook; lees meer; les også; läs mer; läs "
        "också"
    )),
    "byline": (30, (
        "by; von; par; por; di; door; written by; reported by; reporting by; posted by; published by; story by; "
        "article by; words by; edited by; compiled by; "
        "additional reporting by; editing by; from our; staff writer; about the author; follow him on; follow her "
        "on; "
        "contributed to this report"
    )),
    "caption": (60, (
        "photo by; photo credit; photo courtesy; photograph by; photographs by; image by; image credit; image "
        "courtesy; image source; image copyright; "
        "picture by; picture credit; caption; file photo; file image; file picture; photo; image; picture; "
        "photograph; media caption; illustration by; "
        "above; pictured; enlarge; click to enlarge; foto; bild; bildquelle; crédit photo; crédits; crédito; "
        "imagen; foto de; "
        "photos by; video by; credit; courtesy of; getty images; hide caption; toggle caption"
    )),
    "update_note": (60, (
        "updated; update; last update; correction; corrections; clarification; editor s note; editors note; editor "
        "note; last updated; last modified; first published; "
        "originally published; this story has been; this article has been; this story was; this article was; this "
        "post has been; this post was; "
        "an earlier version; a previous version; published; posted; created; date; modified; page last updated; "
        "story updated; "
        "aktualisiert; stand; veröffentlicht; mis à jour; publié le; modifié le; actualizado; publicado; "
        "aggiornato; pubblicato; atualizado; "
        "korrektur; anmerkung der redaktion; correctif; corrección; fe de errores; correzione; correção; bijgewerkt"
    )),
    "advertisement": (20, (
        "advertisement; advertising; sponsored; ads by; ad feedback; paid advertisement; promoted by; story "
        "continues below; article continues below; "
        "story continues after; article continues after; continue reading below; scroll to continue; scroll down to "
        "continue; buy tickets; buy now; shop now; order now; "
        "anzeige; werbung; publicité; la suite après la publicité; publicidad; pubblicità; publicidade; advertentie"
    )),
    "copyright": (80, "copyright; all rights reserved; all content copyright; all content; all material; the content "
    "of this site; ℗"),
}

# Said anywhere in a line of running text.
SAID_ANYWHERE = {
    "legal_disclaimer": (
        "without warranty of any kind; use of this site constitutes; use of this site is; use of this website; your "
        "use of this; agreement to our; "
        "acceptance of our terms; ohne gewähr;  responsibility or liability; as is without; no liability for; not "
        "liable for; not be liable; "
        "disclaims any; disclaims all; does not constitute investment advice; does not constitute financial advice; "
        "not intended as investment advice; "
        "not constitute an offer; past performance is; for informational purposes only; for information purposes "
        "only; views expressed in this article; "
        "views expressed here; views and opinions expressed; opinions expressed in this; opinions expressed are "
        "those; views expressed are those; do not necessarily reflect; "
        "does not necessarily reflect; do not necessarily represent; not responsible for the content; not "
        "responsible for the accuracy; "
        "responsible for the content of external; kindly contact the provider; quotes delayed at least; real time "
        "quotes provided; "
        "keine haftung; übernimmt keine; sans garantie; décline toute responsabilité; no se hace responsable; "
        "declina toda responsabilidad; "
        "non si assume; não se responsabiliza"
    ),
    "copyright": (
        "all rights reserved; rights reserved; may not be published broadcast; not be reproduced; cannot be "
        "reproduced; not be redistributed; without the express written; "
        "without prior written; without permission is prohibited; without express permission; reproduction in "
        "whole; reproduction without; is a registered trademark; are registered trademarks; "
        "is a trademark of; are trademarks of; trademarks of their respective; trademark of their respective; "
        "alle rechte vorbehalten; droits réservés; derechos reservados; diritti riservati; "
        "riproduzione riservata; direitos reservados; is copyright; copyright and; registered office; registered in "
        "england"
    ),
    "newsletter": "sign up for our newsletter; subscribe to our newsletter; sign up for our daily; "
    "to your inbox; in your inbox; into your inbox; "
    "free newsletter; our newsletters; free weekly newsletter; free daily newsletter; by email every; by e mail "
    "every; unsubscribe whenever; "
    "unsubscribe at any time; email newsletter; e mail newsletter",
    "comments": "logged in to post; logged in to comment; logged in to reply; log in to comment; your email address "
    "will not be published; "
    "views expressed in the comments; comments are the sole responsibility; comments are subject to; remove "
    "comments; delete comments; "
    "be the first to comment; report abuse; post a comment; post comments; right to edit comments; leave a comment "
    "below; in the comments below; comments section below; comment below",
    "error_banner": "enable javascript; cookies to ensure that we; cookies to improve your; "
    "cookies to give you; cookies to personalise; "
    "cookies to personalize; cookies to provide you; our use of cookies; accept cookies; cookies on your device; "
    "store cookies; turn off your ad blocker; disable your ad blocker",
    "share": "email this to a friend; follow us on twitter; follow us on facebook; like us on facebook; and on "
    "facebook",
    "advertisement": "when you purchase through links; when you buy through; may earn a commission; earn an "
    "affiliate; affiliate commission; use coupon code",
}

# Words most common in running text of each language: a line of four or more words without one is hardly prose.
# What a message about the page itself is about, and how it begins.
WEB_WORDS = frozenset(
    "page pages site website server servers request url address link browser javascript cookie cookies maintenance "
    "permission "
    "access connection reload refresh retry error homepage video region engineers load loading "
    "seite server anfrage adresse zugriff fehler page serveur requête adresse accès erreur contenu página servidor "
    "dirección permiso "
    "contenido acceso pagina accesso errore contenuto permissão acesso conteúdo erro pagina toegang".split()
)
EXCUSES = frozenset("sorry oops whoops oh uh error apologies vaya ups lo désolé désolés oups entschuldigung leider "
    "spiacenti ops desculpe "
                    "opa helaas beklager".split())
SELF_WORDS = frozenset("you your we our us sie ihre wir unsere vous votre nous notre usted su nuestro voi vostro "
    "nostro você nosso".split())
# What disclaimers are made of: what is disclaimed, and for what.
LEGAL_WORDS = frozenset(
    "liable liability warranty warranties responsible responsibility answerable accuracy completeness reliance "
    "errors omissions licence "
    "license copyright copyrighted reproduced reproduction redistributed terms conditions disclaimer disclaims "
    "guarantee guarantees endorse "
    "endorsement complaints consent gewähr haftung haften haftet verantwortlich urheberrecht garantie garantit "
    "responsabilité responsable "
    "responsables exactitude reproduction responsabilidad garantía exactitud reproducción responsabilità "
    "responsabile garanzia "
    "responsabilidade responsável garantia aansprakelijk".split()
)
SITE_WORDS = frozenset(
    "site website page pages article report content contents links linked provider newspaper publisher agency "
    "information advertisements "
    "website seiten inhalt inhalte angaben site contenu contenus informations sitio contenido contenidos "
    "información sito contenuti "
    "informazioni conteúdo informações inhoud".split()
)
# Of these and figures alone, a line is a date.
DATE_WORDS = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun am pm a p "
    "m at on est edt et gmt utc "
    "bst cet cest pst pdt cst cdt mst mdt ist jst uhr um h de del of th st nd rd "
    "januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag "
    "janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi "
    "vendredi samedi dimanche à le "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes "
    "miércoles jueves viernes sábado domingo "
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre lunedì martedì mercoledì giovedì "
    "venerdì sabato domenica alle ore "
    "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro segunda terça quarta quinta sexta "
    "feira às "
    "ago hour hours minute minutes min mins day days week weeks ago vor stunden minuten il y a heures hace "
    "horas".split()
)
FUNCTION_WORDS = frozenset(
    "the a an and or but of to in on at by for from with as is are was were be been has have had will would could "
    "can may not it its "
    "he she they we his her their our this that these those which who when where after before about said than into "
    "over also more "
    "i you my your him them us me if there all so up out no one two what do did does just how because while during "
    "der die das den dem des ein eine einer einem einen und oder aber von zu mit auf für im am an ist sind war "
    "waren wird wurde werden "
    "hat haben nicht sich auch als aus bei nach wie dass noch über nur er sie es wir ich "
    "le la les l d un une des du de et ou mais à au aux en dans sur pour par avec est sont était ont qui que ne pas "
    "se ce cette il elle "
    "ils nous vous son sa ses leur plus a été "
    "el los las una unos del al y o pero con por para en es son fue ha han que no se su sus lo como más este esta "
    "también sobre entre "
    "il lo gli uno di da e ed o ma con su per tra è sono era ha hanno che non si suo sua come più anche della dei "
    "delle nel nella alla "
    "o os as um uma do da dos das em no na nos e ou mas com por para é são foi tem que não se seu sua como mais ao "
    "pelo pela também "
    "de het een van en in op te is zijn was met voor dat die niet aan er ook door maar om bij naar uit heeft "
    "och att det som på är av för med den till har inte om var jag ett han men i og er til ikke af at "
    "и в на не что с по из за к от как он это для его а но у о был w z na do nie się że i to jest po od".split()
)
AGENCIES = {
    name.casefold(): name
    for name in (
        "Reuters", "AP", "AFP", "dpa", "EFE", "ANSA", "UPI", "Xinhua", "TASS", "ITAR-TASS", "Interfax", "RIA "
        "Novosti", "Sputnik", "Bloomberg",
        "Bloomberg News", "Dow Jones", "Dow Jones Newswires", "MENAFN", "PTI", "ANI", "IANS", "UNI", "Kyodo", "Kyodo "
        "News", "Jiji Press", "Yonhap",
        "KCNA", "Bernama", "Antara", "AAP", "NZPA", "PA", "PA Media", "Press Association", "CP", "Canadian "
        "Press", "The Canadian Press",
        "Associated Press", "The Associated Press", "Agence France-Presse", "Thomson Reuters",
        "Deutsche Presse-Agentur", "APA", "SID", "KNA", "epd",
        "ATS", "Keystone-SDA", "Belga", "ANP", "TT", "NTB", "Ritzau", "STT", "PAP", "CTK", "MTI", "Lusa", "Europa "
        "Press", "Adnkronos", "AGI", "Anadolu",
        "Anadolu Agency", "AA", "DHA", "IRNA", "ISNA", "Fars", "WAM", "SPA", "QNA", "KUNA",
        "BNA", "MENA", "PNA", "APP", "UNB", "BSS", "Lanka News",
        "NAN", "PANA", "APS", "MAP", "TAP", "Petra", "SANA", "WAFA", "JTA", "IPS", "PR "
        "Newswire", "PRNewswire", "Business Wire", "BUSINESS WIRE",
        "GLOBE NEWSWIRE", "GlobeNewswire", "Marketwire", "CNS", "CNW", "ACN Newswire", "EUROPA PRESS", "news "
        "agencies", "agencies",
    )
}


# What stands before or after the number of an HTTP status.
STATUS_WORDS = frozenset("http error status code".split())
ERROR_NUMBERS = frozenset("400 401 402 403 404 405 406 408 410 418 429 451 500 501 502 503 504 520 521 522".split())
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier janv enero ene gennaio gen janeiro januari jänner",
            "february feb februar février févr fév febrero febbraio fevereiro fev februari",
            "march mar märz mars marzo março maart",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio maio mei mag",
            "june jun juni juin junio giugno junho giu",
            "july jul juli juillet juil julio luglio julho lug",
            "august aug août agosto ago augustus augusti",
            "september sep sept septembre septiembre settembre setembro set",
            "october oct oktober okt octobre octubre ottobre outubro out ott",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember",
        ),
        1,
    )
    for name in names.split()
}


def listed(told: str) -> Iterable[str]:
    """Return the phrases of a list that is written with semicolons."""
    return (phrase.strip() for phrase in told.split(";"))

