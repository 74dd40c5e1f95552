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
        "página não encontrada; erro; acesso negado; pagina niet gevonden; oeps; cookie notice; cookie consent; "
        "alle akzeptieren; alle ablehnen; akzeptieren; ablehnen; zustimmen; ich stimme zu; cookies akzeptieren; "
        "dienst nicht verfügbar; interner serverfehler; die seite wurde nicht gefunden; ein fehler ist aufgetreten; "
        "tout accepter; tout refuser; accepter; refuser; j accepte; accepter et fermer; continuer sans accepter; "
        "personnaliser mes choix; service indisponible; service temporairement indisponible; "
        "erreur interne du serveur; une erreur est survenue; oups; aceptar; aceptar todo; aceptar todas; "
        "aceptar cookies; aceptar y continuar; rechazar; rechazar todo; rechazar todas; configurar cookies; "
        "servicio no disponible; error interno del servidor; accetta; accetta tutto; accetta tutti; "
        "accetta e chiudi; accetto; rifiuta; rifiuta tutto; continua senza accettare; servizio non disponibile; "
        "errore interno del server; aceitar; aceitar tudo; aceitar todos; aceito; recusar; rejeitar; rejeitar todos; "
        "serviço indisponível; erro interno do servidor; accepteren; alles accepteren; weigeren; alles weigeren; "
        "akkoord; er is een fout opgetreden; acceptera; acceptera alla; godkänn alla; tillåt alla; "
        "sidan hittades inte; accepter alle; tillad alle; godta alle; siden blev ikke fundet; siden ble ikke funnet; "
        "akceptuję; zaakceptuj; zaakceptuj wszystkie; rozumiem; zgadzam się; odrzuć; nie znaleziono strony; "
        "strona nie istnieje; прийняти; прийняти все; погоджуюсь; сторінку не знайдено; помилка; принять; "
        "принять все; согласен; страница не найдена; ошибка; موافق; قبول; الصفحة غير موجودة; 同意; 接受; 全部接受; "
        "页面不存在; 找不到页面; 同意する; すべて許可; ページが見つかりません"
    ),
    "legal_disclaimer": (
        "legal disclaimer; disclaimer; disclaimers; legal notice; important disclosures; disclosure; disclosures; "
        "forward looking statements; terms of use disclaimer; haftungsausschluss; rechtlicher hinweis; "
        "avertissement; mentions légales; clause de non responsabilité; aviso legal; descargo de responsabilidad; "
        "avvertenza; note legali; isenção de responsabilidade; "
        "rechtliche hinweise; wichtiger hinweis; avis de non responsabilité; avertissement légal; advertencia legal; "
        "exención de responsabilidad; limitación de responsabilidad; nota legale; avvertenze; avvertenze legali; "
        "esclusione di responsabilità; aviso de isenção de responsabilidade; nota legal; disclaimer en copyright; "
        "ansvarsfriskrivning; ansvarsfraskrivelse; zastrzeżenie prawne; zastrzeżenia prawne; "
        "відмова від відповідальності; отказ от ответственности; إخلاء المسؤولية; 免责声明; 免責聲明; 免責事項"
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
        "sem comentários; reacties; reageer; geef een reactie; kommentarer; komentarze; "
        "kommentieren; jetzt kommentieren; artikel kommentieren; kommentare anzeigen; alle kommentare; "
        "alle kommentare anzeigen; kommentar melden; schreiben sie einen kommentar; schreibe einen kommentar; "
        "einen kommentar schreiben; ihr kommentar; ihre meinung; leserbriefe; diskutieren sie mit; "
        "auf kommentar antworten; antworten; répondre; signaler; signaler un abus; signaler ce commentaire; "
        "commenter; commenter cet article; poster un commentaire; publier un commentaire; écrire un commentaire; "
        "voir les commentaires; voir tous les commentaires; lire les commentaires; tous les commentaires; "
        "votre commentaire; réactions; réagir à cet article; soyez le premier à commenter; responder; denunciar; "
        "comentar; escribe un comentario; escribe tu comentario; dejar un comentario; deja una respuesta; "
        "agregar comentario; añadir comentario; añade tu comentario; ver comentarios; ver todos los comentarios; "
        "cargar más comentarios; tu comentario; comenta esta noticia; comentarios cerrados; "
        "sé el primero en comentar; rispondi; segnala; segnala abuso; commenta; commenta la notizia; "
        "scrivi un commento; invia un commento; aggiungi un commento; lascia una risposta; vedi tutti i commenti; "
        "tutti i commenti; leggi i commenti; i commenti dei lettori; il tuo commento; commenti chiusi; "
        "comentar notícia; comente; deixe o seu comentário; deixe seu comentário; deixe uma resposta; "
        "faça um comentário; escreva um comentário; escreva o seu comentário; adicionar comentário; ver comentários; "
        "ver todos os comentários; todos os comentários; nenhum comentário; seja o primeiro a comentar; reactie; "
        "beantwoorden; reageren; plaats een reactie; plaats reactie; laat een reactie achter; alle reacties; "
        "bekijk reacties; geen reacties; kommentera; skriv en kommentar; inga kommentarer; svara; kommenter; "
        "skriv kommentar; ingen kommentarer; komentarz; dodaj komentarz; skomentuj; brak komentarzy; "
        "zobacz komentarze; wszystkie komentarze; napisz komentarz; odpowiedz; коментарі; коментар; "
        "коментарів немає; коментувати; залишити коментар; додати коментар; написати коментар; відповісти; "
        "комментарии; комментарий; комментариев нет; нет комментариев; комментировать; оставить комментарий; "
        "добавить комментарий; написать комментарий; ответить; обсуждение; обсудить; пожаловаться; التعليقات; "
        "تعليقات; تعليق; اترك تعليقا; أضف تعليقا; أضف تعليقك; رد; لا توجد تعليقات; 评论; 网友评论; 全部评论; "
        "热门评论; 最新评论; 发表评论; 我要评论; 回复; 評論; 回覆; 發表評論; 留言; コメント; コメントする; "
        "コメントを書く; コメント一覧; 返信; 返信する"
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
        "início; busca; entrar; contato; leia mais; mais; zoeken; inloggen; lees meer; meer; forside; "
        "inhalt; zum inhalt; zum inhalt springen; zur navigation springen; direkt zum inhalt; menü; menü schließen; "
        "nachrichten; newsticker; politik; wirtschaft; kultur; wissen; panorama; lokales; regional; regionales; "
        "wetter; verkehr; meinung; mediathek; abo; abonnement; abo shop; mein konto; einloggen; abmelden; "
        "registrieren; weiter; vorherige; nächste; nach oben; mehr anzeigen; mehr laden; rubriken; ressorts; themen; "
        "schlagwörter; hilfe; sie sind hier; über uns; karriere; stellenmarkt; anzeigenmarkt; barrierefreiheit; "
        "datenschutzerklärung; datenschutzhinweise; agb; nutzungsbedingungen; cookie einstellungen; "
        "cookies verwalten; einstellungen; widerruf; verträge hier kündigen; lesedauer min; aller au contenu; "
        "aller au contenu principal; à la une; actualité; actualités; politique; économie; société; monde; "
        "international; sciences; santé; météo; mon compte; s identifier; se déconnecter; inscription; rechercher; "
        "retour; retour à l accueil; suivant; précédent; page suivante; haut de page; voir plus; afficher plus; "
        "en savoir plus; rubriques; thèmes; plan du site; qui sommes nous; à propos; nous contacter; aide; "
        "accessibilité; recrutement; cgu; cgv; conditions générales; conditions générales d utilisation; "
        "conditions générales de vente; politique de confidentialité; données personnelles; gérer les cookies; "
        "gérer mes cookies; gestion des cookies; paramètres des cookies; en direct; grille des programmes; "
        "temps de lecture min; menú; ir al contenido; ir al contenido principal; saltar al contenido; portada; "
        "última hora; actualidad; noticias; nacional; internacional; economía; sociedad; sucesos; deportes; opinión; "
        "ciencia; tecnología; salud; el tiempo; hemeroteca; edición impresa; esquelas; clasificados; mi cuenta; "
        "cerrar sesión; acceder; ingresar; regístrate; registrarse; siguiente; anterior; volver; volver arriba; "
        "ver más; mostrar más; cargar más; seguir leyendo; secciones; etiquetas; mapa del sitio; mapa web; "
        "quiénes somos; sobre nosotros; acerca de; contáctenos; contáctanos; ayuda; política de privacidad; "
        "política de cookies; términos y condiciones; condiciones de uso; en directo; en vivo; anúnciate; "
        "aviso de privacidad; configuración de cookies; vai al contenuto; salta al contenuto; cronaca; economia; "
        "esteri; spettacoli; cultura e spettacoli; scienza; salute; tecnologia; meteo; ultime notizie; ultima ora; "
        "notizie; chi siamo; registrati; esci; abbonati; il mio account; il mio profilo; avanti; indietro; torna su; "
        "mostra altro; carica altro; continua a leggere; sezioni; argomenti; mappa del sito; informativa privacy; "
        "informativa sulla privacy; informativa cookie; termini e condizioni; condizioni d uso; preferenze cookie; "
        "gestisci i cookie; impostazioni cookie; lavora con noi; aiuto; diretta; palinsesto; pubblicità con noi; "
        "scarica l app; ir para o conteúdo; ir para o conteúdo principal; pular para o conteúdo; "
        "saltar para o conteúdo; cidades; polícia; política; mundo; país; esportes; esporte; desporto; "
        "entretenimento; saúde; ciência; educação; opinião; colunistas; últimas; últimas notícias; notícias; "
        "pesquisa; pesquisar; minha conta; sair; cadastre se; criar conta; seguinte; próximo; próxima; voltar; "
        "voltar ao topo; ver mais; mostrar mais; carregar mais; continuar lendo; continuar a ler; seções; secções; "
        "editorias; mapa do site; quem somos; sobre nós; fale conosco; contactos; contactar; contatos; "
        "termos de uso; termos e condições; política de privacidade; anuncie; anuncie aqui; expediente; "
        "estatuto editorial; ficha técnica; ajuda; ao vivo; em direto; edição impressa; assinaturas; "
        "ga naar hoofdinhoud; ga naar de inhoud; naar de inhoud; nieuws; binnenland; buitenland; regio; economie; "
        "politiek; cultuur; wetenschap; opinie; weer; het weer; abonneren; mijn account; uitloggen; registreren; "
        "volgende; vorige; terug; terug naar boven; toon meer; meer laden; verder lezen; over ons; colofon; "
        "vacatures; klantenservice; privacyverklaring; privacybeleid; cookiebeleid; cookie instellingen; "
        "instellingen; algemene voorwaarden; gebruiksvoorwaarden; hoppa till innehållet; hoppa till innehåll; start; "
        "nyheter; lokalt; inrikes; utrikes; ekonomi; ledare; debatt; väder; sök; logga in; logga ut; "
        "bli prenumerant; prenumerera; visa mer; tillbaka; nästa; föregående; om oss; kontakta oss; om kakor; "
        "om cookies; integritetspolicy; personuppgiftspolicy; kundtjänst; tipsa oss; gå til indhold; gå til innhold; "
        "nyheder; indland; udland; økonomi; debat; vejr; vær; søg; søk; log ind; logg inn; vis mere; vis mer; "
        "tilbage; tilbake; næste; neste; forrige; om os; kontakt os; kontakt oss; privatlivspolitik; personvern; "
        "kundeservice; strona główna; wiadomości; kraj; świat; polityka; gospodarka; kultura; nauka; zdrowie; "
        "pogoda; szukaj; wyszukaj; zaloguj; zaloguj się; wyloguj; zarejestruj się; moje konto; przejdź do treści; "
        "następny; następna; poprzedni; poprzednia; dalej; wstecz; powrót; do góry; pokaż więcej; więcej; "
        "czytaj dalej; o nas; regulamin; polityka prywatności; polityka cookies; prenumerata; archiwum; pomoc; "
        "redakcja; головна; новини; політика; економіка; суспільство; світ; спорт; культура; наука; здоров я; "
        "погода; пошук; меню; увійти; вийти; реєстрація; перейти до вмісту; далі; назад; більше; показати більше; "
        "про нас; контакти; архів; редакція; політика конфіденційності; умови використання; главная; новости; "
        "политика; экономика; общество; в мире; здоровье; поиск; войти; выйти; регистрация; перейти к содержанию; "
        "далее; ещё; еще; показать ещё; показать еще; о нас; контакты; архив; редакция; рубрики; темы; "
        "политика конфиденциальности; условия использования; الرئيسية; أخبار; الأخبار; آخر الأخبار; سياسة; اقتصاد; "
        "رياضة; ثقافة; علوم; صحة; منوعات; الطقس; بحث; القائمة; تسجيل الدخول; انتقل إلى المحتوى; المزيد; التالي; "
        "السابق; من نحن; اتصل بنا; سياسة الخصوصية; شروط الاستخدام; الأرشيف; 首页; 新闻; 要闻; 国内; 国际; 社会; "
        "财经; 经济; 体育; 娱乐; 文化; 科技; 教育; 健康; 图片; 视频; 直播; 专题; 登录; 注册; 搜索; 返回首页; "
        "返回顶部; 上一页; 下一页; 更多; 关于我们; 联系我们; 联系方式; 网站地图; 隐私政策; 使用条款; 服务条款; 首頁; "
        "新聞; 登入; 搜尋; ホーム; ニュース; 国際; 政治; 経済; スポーツ; 科学; 天気; エンタメ; 地域; ログイン; "
        "ログアウト; 会員登録; 検索; メニュー; 一覧; もっと見る; 続きを読む; 次へ; 前へ; ページトップへ; 会社概要; "
        "お問い合わせ; プライバシーポリシー; 個人情報保護方針; 利用規約; サイトマップ; 採用情報; 広告掲載"
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
        "condividi; stampa; invia; compartilhar; compartilhe; delen; afdrukken; dela; skriv ut; "
        "per e mail teilen; per e mail senden; per mail teilen; auf facebook teilen; auf twitter teilen; "
        "artikel drucken; seite drucken; link kopieren; kopieren; speichern; vorlesen; anhören; artikel anhören; "
        "schriftgröße; folgen sie uns; senden; partager l article; partager cet article; envoyer par e mail; "
        "envoyer par mail; envoyer à un ami; imprimer cet article; imprimer l article; copier le lien; enregistrer; "
        "sauvegarder; écouter; écouter l article; suivez nous; nous suivre; signaler une erreur; guardar; "
        "copiar enlace; enviar a un amigo; enviar por correo; enviar por email; compartir en facebook; "
        "compartir en twitter; compartir en whatsapp; síguenos; síguenos en; escuchar; escuchar artículo; salva; "
        "copia link; invia a un amigo; invia ad un amigo; invia per email; condividi su facebook; ascolta; "
        "ascolta l articolo; seguici; seguici su; seguici su facebook; seguici su instagram; partilhar; partilhe; "
        "partilhar no facebook; compartilhar no facebook; compartilhe no facebook; compartilhe no whatsapp; salvar; "
        "copiar link; enviar por e mail; ouvir; ouvir artigo; siga nos; deel; deel dit; deel dit artikel; deel via; "
        "bewaar; bewaren; kopieer link; print dit artikel; luister; volg ons; dela artikeln; dela på facebook; "
        "kopiera länk; spara; lyssna; del; del artikel; del artikkel; del på facebook; udskriv; udostępnij; "
        "podziel się; drukuj; wyślij; skopiuj link; kopiuj link; zapisz; posłuchaj; поділитися; поділитись; "
        "поширити; друкувати; роздрукувати; скопіювати посилання; поделиться; печать; распечатать; "
        "версия для печати; скопировать ссылку; مشاركة; شارك; طباعة; نسخ الرابط; حفظ; إرسال; تابعنا; 分享; 分享到; "
        "打印; 收藏; 点赞; 转发; 字号; 复制链接; 列印; シェア; シェアする; ツイート; 印刷; 保存; ブックマーク; "
        "リンクをコピー"
    ),
    "newsletter": (
        "newsletter; newsletters; sign up; subscribe by email; sign up for our newsletter; subscribe to our "
        "newsletter; subscribe now; get the newsletter; "
        "e mail alerts; email alerts; your email address; email address; enter your email; enter your email address; "
        "thank you for subscribing; thanks for subscribing; sign up now; newsletter abonnieren; s abonner; s "
        "inscrire; "
        "suscríbete; suscribirse; iscriviti; iscriviti alla newsletter; inscreva se; assine; nieuwsbrief; "
        "abonnieren; newsletter bestellen; zum newsletter anmelden; newsletter anmeldung; jetzt anmelden; "
        "e mail adresse; ihre e mail adresse; lettre d information; lettres d information; votre adresse e mail; "
        "votre e mail; adresse e mail; je m abonne; je m inscris; s abonner à la newsletter; "
        "s inscrire à la newsletter; boletín; boletines; apúntate; tu correo electrónico; tu email; "
        "suscríbete al boletín; suscríbete a nuestra newsletter; suscribirme; la tua email; il tuo indirizzo email; "
        "indirizzo email; iscrizione newsletter; seu e mail; o seu e mail; subscrever; subscreva; "
        "subscrever newsletter; receba a newsletter; inscreva se na newsletter; meld je aan; aanmelden; "
        "schrijf je in; e mailadres; je e mailadres; nyhetsbrev; nyhedsbrev; din e postadress; tilmeld nyhedsbrev; "
        "zapisz się; zapisz się do newslettera; twój e mail; adres e mail; підписатися; "
        "підпишіться на нашу розсилку; підписатися на розсилку; подписаться; подписаться на рассылку; اشترك; "
        "النشرة البريدية; اشترك في نشرتنا البريدية; اشترك في النشرة البريدية; 订阅; 立即订阅; 電子報; "
        "ニュースレター; メルマガ登録"
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
        "lees ook; meest gelezen; meer nieuws; gerelateerde artikelen; les også; läs också; læs også; "
        "weitere meldungen; weitere nachrichten; weitere themen; mehr lesen; mehr nachrichten; "
        "mehr aus diesem ressort; auch lesenswert; lesenswert; empfohlene artikel; empfehlungen der redaktion; "
        "unsere empfehlungen; passend zum thema; verwandte artikel; verwandte themen; neueste artikel; "
        "neueste nachrichten; aktuelle nachrichten; meistgeklickt; meist gelesen; meistgelesene artikel; top themen; "
        "das könnte sie interessieren; das könnte dich auch interessieren; articles similaires; "
        "articles recommandés; articles associés; sur le même thème; dans la même rubrique; dans la même catégorie; "
        "le plus lu; les articles les plus lus; les plus commentés; les plus partagés; à ne pas manquer; "
        "à voir aussi; pour aller plus loin; en ce moment; nos recommandations; recommandé pour vous; "
        "dernières actualités; dernières nouvelles; derniers articles; lire plus; también te puede interesar; "
        "también le puede interesar; le puede interesar; puede interesarte; quizás te interese; te recomendamos; "
        "relacionadas; relacionados; notas relacionadas; temas relacionados; contenido relacionado; leer también; "
        "lee también; lea más; ver también; vea también; más leídas; las más leídas; más leídos; lo más comentado; "
        "últimas noticias; más información; más sobre este tema; más en esta sección; recomendados; recomendadas; "
        "destacados; potrebbe interessarti anche; ti potrebbe interessare; ti potrebbe interessare anche; "
        "potrebbero interessarti; potrebbero interessarti anche; articoli simili; notizie correlate; correlati; "
        "vedi anche; per approfondire; approfondimenti; più letti; più lette; le più lette; gli articoli più letti; "
        "i più visti; i più commentati; ultimi articoli; in evidenza; dalla stessa sezione; consigliati per te; "
        "artigos relacionados; matérias relacionadas; conteúdo relacionado; as mais lidas; mais lidos; "
        "os mais lidos; mais vistas; mais populares; mais notícias; outras notícias; saiba mais; ver também; "
        "poderá também gostar; também pode gostar; você também pode gostar; você pode gostar; recomendados para si; "
        "em destaque; destaques; lees verder; gerelateerd; gerelateerd nieuws; meer over dit onderwerp; "
        "ook interessant; aanbevolen; best gelezen; meest bekeken; populair; laatste nieuws; meer lezen; relaterat; "
        "relaterade artiklar; läs mer; läs mer om; läs vidare; läs även; mest läst; mest lästa; senaste nytt; "
        "senaste nyheterna; fler nyheter; mer om ämnet; relaterede artikler; relaterte artikler; læs mere; "
        "læs mere om; les mer; les mer om; mest læste; mest læst; mest lest; seneste nyt; siste nytt; flere nyheder; "
        "czytaj także; czytaj też; czytaj również; czytaj więcej; zobacz także; zobacz też; zobacz również; "
        "przeczytaj także; przeczytaj też; przeczytaj również; polecamy; powiązane artykuły; powiązane; "
        "podobne artykuły; najczęściej czytane; najpopularniejsze; najnowsze; warto przeczytać; читайте також; "
        "дивіться також; схожі новини; новини за темою; за темою; популярне; популярні новини; найпопулярніше; "
        "останні новини; рекомендуємо; читайте также; смотрите также; по теме; новости по теме; похожие новости; "
        "похожие материалы; материалы по теме; популярное; самое читаемое; последние новости; главные новости; "
        "рекомендуем; اقرأ أيضا; إقرأ أيضا; شاهد أيضا; مواضيع ذات صلة; أخبار ذات صلة; مقالات ذات صلة; الأكثر قراءة; "
        "الأكثر مشاهدة; قد يعجبك أيضا; 相关阅读; 相关新闻; 相关报道; 相关文章; 延伸阅读; 推荐阅读; 热门推荐; "
        "热门新闻; 最新消息; 猜你喜欢; 为您推荐; 点击排行; 相關新聞; 延伸閱讀; 関連記事; 関連ニュース; おすすめ記事; "
        "アクセスランキング; ランキング; 人気記事; 新着記事; 最新ニュース; あわせて読みたい"
    ),
    "advertisement": (
        "advertisement; advertisements; advertising; ad; ads; advert; sponsored; sponsored by; sponsor; sponsors; "
        "sponsored link; sponsored links; promoted; "
        "paid post; ads by google; google ads; ads by yahoo; adchoices; ad choices; advertisement advertisement; "
        "scroll to continue; "
        "advertisement continue reading below; advertisement scroll to continue; click here to subscribe; your ad "
        "here; advertise here; "
        "anzeige; werbung; publicité; annonce; publicidad; anuncio; pubblicità; publicidade; advertentie; reklama; "
        "reklam; mainos; "
        "anzeigen; publicités; contenu sponsorisé; contenus sponsorisés; contenido patrocinado; publirreportaje; "
        "contenuto sponsorizzato; contenuti sponsorizzati; conteúdo patrocinado; informe publicitário; "
        "la suite après la publicité; lesen sie nach der anzeige weiter; continúa después de la publicidad; "
        "continua após a publicidade; continua dopo la pubblicità; artikel gaat verder onder de advertentie; annons; "
        "annonser; sponsrat innehåll; materiał sponsorowany; реклама; на правах реклами; на правах рекламы; إعلان; "
        "إعلانات; 广告; 廣告; 広告; スポンサーリンク"
    ),
    "caption": "caption; hide caption; toggle caption; enlarge; enlarge image; click to enlarge; enlarge this image; "
    "view larger image; "
    "image; photo; photos; image caption; image copyright; media caption; picture; zoom; slideshow; slide show; "
    "view slideshow; "
    "view gallery; close video; play video; watch the video; now playing; playback error; media playback is "
    "unsupported on your device; "
    "bild; bilder; foto; fotos; bildergalerie; fotostrecke; photo d illustration; diaporama; galerie photos; "
    "galería; galería de fotos; fotogalería; galleria fotografica; fotogallery; galeria de fotos; fotoserie; "
    "bildspel; galeria zdjęć; фотогалерея",
    "byline": "about the author; about the authors; author; staff writer; staff reporter; staff report; from staff "
    "reports; "
    "redaktion; la rédaction; redacción; redazione; da redação; redação; om författaren; über den autor; "
    "über die autorin; à propos de l auteur; sobre el autor; sobre la autora; sobre o autor",
    "copyright": "all rights reserved; alle rechte vorbehalten; tous droits réservés; todos los derechos reservados; "
    "tutti i diritti riservati; riproduzione riservata; todos os direitos reservados; "
    "nachdruck verboten; reproduction interdite; droits de reproduction réservés; prohibida su reproducción; "
    "reprodução proibida; alle rechten voorbehouden; alla rättigheter förbehållna; alle rettigheder forbeholdes; "
    "alle rettigheter reservert; wszelkie prawa zastrzeżone; усі права захищено; всі права захищені; "
    "все права защищены; جميع الحقوق محفوظة; 版权所有; 版权声明; 版權所有; 無断転載を禁じます; 無断転載禁止",
}

# A line that begins with this and has at most so many words.
OPENINGS = {
    "error_banner": (
        40,
        (
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
            "deze website gebruikt cookies; wij gebruiken cookies; de pagina die u; "
            "die seite konnte nicht; leider ist die seite; die von ihnen gesuchte seite; die von ihnen angeforderte; "
            "bitte versuchen sie es später; wir und unsere partner; wir nutzen cookies; wir setzen cookies; "
            "wir benötigen ihre zustimmung; um unsere webseite; avec votre accord nos; avec votre accord nous; "
            "nous et nos partenaires; en poursuivant votre navigation; la page demandée; la page recherchée; "
            "une erreur est survenue; veuillez réessayer; veuillez activer javascript; nosotros y nuestros socios; "
            "utilizamos cookies propias; al continuar navegando; si continúa navegando; si continúas navegando; "
            "la página solicitada; lo sentimos ha ocurrido un error; lo sentimos esta página; noi e i nostri partner; "
            "proseguendo la navigazione; continuando la navigazione; cliccando su accetta; la pagina richiesta; "
            "la pagina cercata; spiacenti si è verificato un errore; si è verificato un errore; "
            "nós e os nossos parceiros; nós e nossos parceiros; ao continuar navegando; ao continuar a navegar; "
            "a página que procura; a página solicitada; lamentamos mas a página; utilizamos cookies para; "
            "usamos cookies para; de opgevraagde pagina; deze pagina bestaat niet; wij en onze partners; "
            "we gebruiken cookies; deze website maakt gebruik van cookies; vi använder cookies; vi använder kakor; "
            "vi bruger cookies; vi bruker cookies; vi bruker informasjonskapsler; sidan du söker; siden du leder efter; "
            "siden du leter etter; ta strona używa; ta strona korzysta z; nasz serwis wykorzystuje; "
            "strona której szukasz; strona nie została; ми використовуємо файли; цей сайт використовує; сторінка яку ви; "
            "мы используем файлы; мы используем cookies; этот сайт использует; страница которую вы; "
            "запрашиваемая страница; نستخدم ملفات تعريف الارتباط; يستخدم هذا الموقع; الصفحة التي تبحث عنها"
        ),
    ),
    "comments": (
        30,
        (
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
            "inicia sesión para comentar; debes iniciar sesión; accedi per commentare; faça login para comentar; "
            "schreiben sie einen kommentar; diskutieren sie mit; melden sie sich an um zu kommentieren; "
            "loggen sie sich ein um; die kommentarfunktion; kommentare sind geschlossen; ihre e mail adresse wird nicht; "
            "deine e mail adresse wird nicht; laisser un commentaire; poster un commentaire; "
            "votre adresse e mail ne sera; votre adresse de messagerie ne sera; les commentaires sont; "
            "identifiez vous pour commenter; soyez le premier à commenter; tu dirección de correo electrónico no será; "
            "su dirección de correo electrónico no será; deja un comentario; sé el primero en comentar; "
            "los comentarios están; regístrate para comentar; normas de participación; i commenti sono; "
            "i commenti a questo; il tuo indirizzo email non sarà; devi essere connesso per; effettua il login per; "
            "lascia un commento; scrivi un commento; os comentários são; o seu endereço de email não; "
            "o seu endereço de e mail não; deixe um comentário; deixe o seu comentário; deixe seu comentário; "
            "seja o primeiro a comentar; entre para comentar; os comentários publicados; log in om te reageren; "
            "je moet ingelogd zijn om; wees de eerste die reageert; het e mailadres wordt niet; "
            "logga in för att kommentera; kommentera artikeln; log ind for at kommentere; logg inn for å kommentere; "
            "zaloguj się aby; bądź pierwszy i; twój adres e mail nie; увійдіть щоб; щоб залишити коментар; "
            "войдите чтобы; чтобы оставить комментарий; ваш e mail не; لن يتم نشر عنوان; يجب تسجيل الدخول"
        ),
    ),
    "share": (
        16,
        (
            "share on; share by; share this; share via; share to; share with; share story; share article; tweet this; "
            "email this; e mail this; print this; bookmark this; "
            "follow us on; follow us; find us on; like us on; follow on; follow me on; add us on; join us on; connect "
            "with us; send this; send to a friend; "
            "save this; post to; add to; digg this; text size; font size; click to share; click here to print; click to "
            "print; "
            "printer friendly; printable; e mail article; email article; email to; e mail to; rss feed; subscribe to "
            "rss; subscribe to this; "
            "auf facebook; auf twitter; partager sur; compartir en; condividi su; compartilhar no; delen op; follow "
            "and; sign up for rss; "
            "teilen auf; folgen sie uns; partagez sur; partager cet article; suivez nous sur; síguenos en; comparte en; "
            "compartir esta; seguici su; condividi questo; condividi l articolo; partilhar no; partilhe no; "
            "compartilhe no; compartilhe esta; siga nos; volg ons op; deel op; deel via; dela på; följ oss; del på; "
            "følg os; følg oss; udostępnij na; поділитися в; поделиться в; تابعنا على; شارك على"
        ),
    ),
    "newsletter": (
        60,
        (
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
            "in; meld je aan; "
            "melden sie sich für unseren; abonnieren sie unseren; bestellen sie unseren; mit unserem newsletter; "
            "jetzt newsletter abonnieren; recevez chaque matin; recevez chaque jour; recevez chaque semaine; "
            "recevez toute l actualité; recevez le meilleur; recevez nos; recevez gratuitement; "
            "recevez notre newsletter; inscrivez vous à notre; inscrivez vous à la newsletter; abonnez vous à notre; "
            "abonnez vous à la; recibe cada mañana; recibe cada semana; recibe en tu; recibe las noticias; "
            "recibe las últimas; recibe nuestro boletín; recibe nuestra; suscríbete a nuestro; suscríbete a nuestra; "
            "suscríbete al; suscríbete para; iscriviti alla newsletter; iscriviti alla nostra; iscriviti per ricevere; "
            "ricevi ogni giorno; ricevi ogni settimana; ricevi le notizie; ricevi le ultime; receba as notícias; "
            "receba notícias; receba as principais; receba no seu; receba nossa; receba a nossa; inscreva se na; "
            "inscreva se para; assine nossa; assine a nossa; subscreva a; subscreva a nossa; meld je aan voor; "
            "schrijf je in voor; ontvang elke; ontvang dagelijks; ontvang onze; prenumerera på vårt; prenumerera på; "
            "få vårt nyhetsbrev; tilmeld dig; meld deg på; zapisz się do; zapisz się na; підпишіться на; "
            "підписуйтесь на; подпишитесь на; подписывайтесь на; اشترك في"
        ),
    ),
    "related": (
        30,
        (
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
            "också; "
            "lesen sie auch; lesen sie hier; lesen sie mehr; lesen sie dazu; mehr zum thema; mehr zu diesem; "
            "das könnte sie auch; hier geht es zu; zur startseite; lire aussi l; lire également; à voir aussi; "
            "pour aller plus loin; sur le même sujet; en savoir plus; retrouvez tous nos; cliquez ici pour; "
            "leer también; lee también; ver también; vea también; también te puede interesar; te puede interesar; "
            "más información en; más información sobre; haga clic aquí; haz clic aquí; vedi anche; "
            "potrebbe interessarti; ti potrebbe interessare; per saperne di più; clicca qui per; guarda il video; "
            "ver também; saiba mais; clique aqui; assista ao vídeo; poderá também gostar; bekijk ook; lees hier; "
            "klik hier; läs även; læs mere; læs også; les mer; czytaj także; czytaj też; czytaj również; czytaj więcej; "
            "zobacz także; zobacz też; zobacz również; przeczytaj także; przeczytaj też; przeczytaj również; "
            "kliknij tutaj; читайте також; дивіться також; читайте также; смотрите также; اقرأ أيضا; إقرأ أيضا; "
            "شاهد أيضا"
        ),
    ),
    "byline": (
        30,
        (
            "by; von; par; por; di; door; written by; reported by; reporting by; posted by; published by; story by; "
            "article by; words by; edited by; compiled by; "
            "additional reporting by; editing by; from our; staff writer; about the author; follow him on; follow her "
            "on; "
            "contributed to this report; "
            "geschrieben von; ein bericht von; ein beitrag von; aufgezeichnet von; autor; autorin; écrit par; "
            "publié par; rédigé par; propos recueillis par; recueilli par; texte de; un reportage de; auteur; autrice; "
            "escrito por; publicado por; texto de; un reportaje de; autora; scritto da; pubblicato da; a cura di; "
            "servizio di; testo di; autore; texto; reportagem de; reportagem; geschreven door; tekst; reportage av; "
            "skriven av; skrevet av; skrevet af; napisał; napisała; autorka; автор; автори; авторка; авторы; текст; "
            "журналіст; журналист; кореспондент; корреспондент; بقلم; المصدر; 作者; 来源; 來源; 记者; 記者; 责任编辑; "
            "編輯"
        ),
    ),
    "caption": (
        60,
        (
            "photo by; photo credit; photo courtesy; photograph by; photographs by; image by; image credit; image "
            "courtesy; image source; image copyright; "
            "picture by; picture credit; caption; file photo; file image; file picture; photo; image; picture; "
            "photograph; media caption; illustration by; "
            "above; pictured; enlarge; click to enlarge; foto; bild; bildquelle; crédit photo; crédits; crédito; "
            "imagen; foto de; "
            "photos by; video by; credit; courtesy of; getty images; hide caption; toggle caption; "
            "fotos; archivfoto; symbolbild; symbolfoto; crédits photo; photographie; photo d archives; "
            "photo d illustration; fotografía; imagen de archivo; foto de archivo; foto d archivio; fotografia; "
            "immagine; imagem; imagem de; foto de arquivo; fot; zdjęcie; фото; фотографія; фотография; تصوير; 图; 写真; "
            "圖"
        ),
    ),
    "update_note": (
        60,
        (
            "updated; update; last update; correction; corrections; clarification; editor s note; editors note; editor "
            "note; last updated; last modified; first published; "
            "originally published; this story has been; this article has been; this story was; this article was; this "
            "post has been; this post was; "
            "an earlier version; a previous version; published; posted; created; date; modified; page last updated; "
            "story updated; "
            "aktualisiert; stand; veröffentlicht; mis à jour; publié le; modifié le; actualizado; publicado; "
            "aggiornato; pubblicato; atualizado; "
            "korrektur; anmerkung der redaktion; correctif; corrección; fe de errores; correzione; correção; bijgewerkt; "
            "zuletzt aktualisiert; letzte aktualisierung; erstellt am; berichtigung; in einer früheren version; "
            "mise à jour; dernière mise à jour; publié; rectificatif; erratum; une version précédente; "
            "dans une version précédente; última actualización; última modificación; rectificación; "
            "nota de la redacción; nota del editor; en una versión anterior; ultimo aggiornamento; rettifica; "
            "nota della redazione; pubblicato il; última atualização; publicado em; errata; nota da redação; "
            "nota do editor; numa versão anterior; gepubliceerd; laatst bijgewerkt; laatste update; rectificatie; "
            "noot van de redactie; publicerad; uppdaterad; senast uppdaterad; rättelse; publiceret; opdateret; "
            "senest opdateret; publisert; oppdatert; sist oppdatert; opublikowano; zaktualizowano; aktualizacja; "
            "ostatnia aktualizacja; data publikacji; sprostowanie; опубліковано; оновлено; опубликовано; обновлено; "
            "نشر في; تاريخ النشر; آخر تحديث; تم التحديث; 发布时间; 更新时间; 发布于; 公開日; 更新日"
        ),
    ),
    "navigation": (
        20,
        (
            "tag; tags; filed under; topics; schlagwörter; themen; étiquettes; mots clés; etiquetas; temas; argomenti; "
            "tópicos; assuntos"
        ),
    ),
    "advertisement": (
        20,
        (
            "continua após a publicidade; continua depois da publicidade; sigue leyendo después de la publicidad; "
            "advertisement; advertising; sponsored; ads by; ad feedback; paid advertisement; promoted by; story "
            "continues below; article continues below; "
            "story continues after; article continues after; continue reading below; scroll to continue; scroll down to "
            "continue; buy tickets; buy now; shop now; order now; "
            "anzeige; werbung; publicité; la suite après la publicité; publicidad; pubblicità; publicidade; advertentie; "
            "lesen sie nach der anzeige; la suite de l article après; continúa después de la publicidad; "
            "continua após a publicidade; continua dopo la pubblicità; tekst gaat verder onder; "
            "artikel gaat verder onder"
        ),
    ),
    "copyright": (
        80,
        "copyright; all rights reserved; all content copyright; all content; all material; the content "
        "of this site; ℗; "
        "alle inhalte; todo el contenido de este sitio; nachdruck nur mit; reproduction interdite sans; "
        "toute reproduction interdite; queda prohibida su reproducción; queda prohibida la reproducción; "
        "prohibida su reproducción; prohibida la reproducción; prohibida la reproducción total; "
        "è vietata la riproduzione; vietata la riproduzione; é proibida a reprodução; proibida a reprodução; "
        "allt material på; överföring eller kopiering; używanie materiałów; kopiowanie materiałów; "
        "при использовании материалов; використання матеріалів сайту; передрук матеріалів",
    ),
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
        "keine haftung; décline toute responsabilité; no se hace responsable; "
        "declina toda responsabilidad; "
        "não se responsabiliza; "
        "alle angaben ohne gewähr; übernimmt keine haftung; übernehmen keine haftung; "
        "übernimmt keine verantwortung für den inhalt; übernimmt keine gewähr; keine anlageberatung dar; "
        "fournies à titre indicatif; fournies sans garantie; sans garantie d exactitude; n engagent que leur auteur; "
        "n engage que son auteur; no se responsabiliza de; no se responsabiliza por; no constituye asesoramiento; "
        "non si assume alcuna responsabilità; non si assume la responsabilità; declina ogni responsabilità; "
        "carattere puramente indicativo; não nos responsabilizamos; não se responsabilizam; meramente informativos; "
        "niet aansprakelijk worden; geen enkele aansprakelijkheid; aanvaardt geen aansprakelijkheid; "
        "nie ponosi odpowiedzialności za treść; не несе відповідальності за зміст; "
        "не несёт ответственности за содержание; не несет ответственности за содержание"
    ),
    "copyright": (
        "all rights reserved; rights reserved; may not be published broadcast; not be reproduced; cannot be "
        "reproduced; not be redistributed; without the express written; "
        "without prior written; without permission is prohibited; without express permission; reproduction in "
        "whole; reproduction without; is a registered trademark; are registered trademarks; "
        "is a trademark of; are trademarks of; trademarks of their respective; trademark of their respective; "
        "alle rechte vorbehalten; droits réservés; derechos reservados; diritti riservati; "
        "riproduzione riservata; direitos reservados; is copyright; copyright and; registered office; registered in "
        "england; "
        "inhalte sind urheberrechtlich geschützt; nachdruck nur mit genehmigung; alle rechten voorbehouden; "
        "toute reproduction même partielle; reproduction interdite sans autorisation; "
        "prohibida su reproducción total; reproducción total o parcial; riproduzione anche parziale; "
        "reprodução total ou parcial; är skyddat enligt upphovsrättslagen; auteursrechtelijk beschermd; "
        "wszelkie prawa zastrzeżone; усі права захищено; всі права захищені; все права защищены; جميع الحقوق محفوظة"
    ),
    "newsletter": "sign up for our newsletter; subscribe to our newsletter; sign up for our daily; "
    "to your inbox; in your inbox; into your inbox; "
    "free newsletter; our newsletters; free weekly newsletter; free daily newsletter; by email every; by e mail "
    "every; unsubscribe whenever; "
    "unsubscribe at any time; email newsletter; e mail newsletter; "
    "in ihr postfach; dans votre boîte mail; dans votre boîte de réception; notre lettre d information; "
    "nos newsletters; en tu correo electrónico; en tu bandeja de entrada; nuestro boletín de noticias; "
    "nella tua casella; alla nostra newsletter; na sua caixa de entrada; nossa newsletter; nossas newsletters; "
    "onze nieuwsbrief; in je mailbox; vårt nyhetsbrev; vores nyhedsbrev; na twoją skrzynkę; naszego newslettera; "
    "на нашу розсилку; на нашу рассылку",
    "comments": "logged in to post; logged in to comment; logged in to reply; log in to comment; your email address "
    "will not be published; "
    "views expressed in the comments; comments are the sole responsibility; comments are subject to; remove "
    "comments; delete comments; "
    "be the first to comment; report abuse; post a comment; post comments; right to edit comments; leave a comment "
    "below; in the comments below; comments section below; comment below; "
    "los campos obligatorios están marcados; les champs obligatoires sont indiqués; "
    "i campi obbligatori sono contrassegnati; os campos obrigatórios são; erforderliche felder sind; "
    "vereiste velden zijn gemarkeerd; comentários são de responsabilidade; correo electrónico no será publicada",
    "error_banner": "enable javascript; cookies to ensure that we; cookies to improve your; "
    "cookies to give you; cookies to personalise; "
    "cookies to personalize; cookies to provide you; our use of cookies; accept cookies; cookies on your device; "
    "store cookies; turn off your ad blocker; disable your ad blocker",
    "share": "email this to a friend; follow us on twitter; follow us on facebook; like us on facebook; and on "
    "facebook",
    "advertisement": "when you purchase through links; when you buy through; may earn a commission; earn an "
    "affiliate; affiliate commission; use coupon code",
}

# What a message about the page itself is about, and how it begins.
WEB_WORDS = frozenset(
    "page pages site website server servers request url address link browser javascript cookie cookies maintenance "
    "permission "
    "access connection reload refresh retry error homepage video region engineers load loading "
    "seite server anfrage adresse zugriff fehler page serveur requête adresse accès erreur contenu página servidor "
    "dirección permiso "
    "contenido acceso pagina accesso errore contenuto permissão acesso conteúdo erro pagina toegang "
    "webseite browsers kakor sidan webbplatsen hjemmesiden nettsiden strony strona serwisu сайт сайту сайте сторінка "
    "сторінку сторінки страница страницу страницы браузер".split()
)
EXCUSES = frozenset(
    "sorry oops whoops oh uh error apologies vaya ups lo désolé désolés oups entschuldigung leider spiacenti ops "
    "desculpe opa helaas beklager lamentamos hoppsan ojdå przepraszamy вибачте перепрошуємо извините عذرا".split()
)
SELF_WORDS = frozenset(
    "you your we our us sie ihre wir unsere vous votre nous notre usted su nuestro voi vostro nostro você nosso uw "
    "onze vår vårt våra vores twój twoja nasz nasza nasze ви ваш ваша ваші ми наш наша наші вы вам ваши мы наши".split()
)
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
    "responsabilidade responsável garantia aansprakelijk "
    "haftungsausschluss gewährleistung urheberrechtlich nachdruck vervielfältigung auteursrecht auteursrechtelijk "
    "aansprakelijkheid upphovsrättslagen odpowiedzialności відповідальності ответственности".split()
)
SITE_WORDS = frozenset(
    "site website page pages article report content contents links linked provider newspaper publisher agency "
    "information advertisements "
    "website seiten inhalt inhalte angaben site contenu contenus informations sitio contenido contenidos "
    "información sito contenuti "
    "informazioni conteúdo informações inhoud "
    "webseite éditeur editore redactie webbplatsen serwisu strony сайту сайта матеріалів материалов".split()
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
    "horas "
    "heute gestern minuto minutos hora ayer hoy minuti ora fa ieri oggi há dia dias ontem hoje januari februari "
    "maart mei augustus maandag dinsdag woensdag donderdag vrijdag zaterdag zondag uur geleden dagen maj augusti "
    "marts kl klokken måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag timmar timer "
    "minutter sedan siden stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada "
    "grudnia poniedziałek wtorek środa czwartek piątek sobota niedziela godz godzin godziny minut temu r січня "
    "лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня року годин години хвилин тому "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря года часов часа минут минуты "
    "назад يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر الساعة منذ ساعات ساعة دقيقة "
    "دقائق".split()
)
# Words most common in running text of each language: a line of four or more words without one is hardly prose.
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
    "и в на не что с по из за к от как он это для его а но у о был w z na do nie się że i to jest po od "
    "hatte hatten sein seine seiner seinem seinen ihre ihrer ihrem ihren diese dieser dieses diesem diesen kann "
    "können konnte soll sollen sollte muss müssen würde würden wenn weil doch schon sehr mehr vor unter zwischen "
    "gegen durch ohne bis seit damit dort hier zum zur vom beim alle kein keine qu n ces cet leurs notre votre elles "
    "lui même aussi très sans sous depuis pendant avant après contre comme dont où quand encore être avait avaient "
    "fait peut cela donc sin hasta desde cuando donde porque durante según contra muy ya eran ser está están había "
    "sido hay estos estas ese esa eso esto otro otra otros otras todo todos toda todas cada quien tras dello degli "
    "dal dalla dalle allo agli sul sulla sui nei negli stato stata stati erano essere aveva ci loro questo questa "
    "questi queste quello quella ogni tutti tutto ancora già poi quando perché senza fino dopo contro mentre molto "
    "aos às num numa pelos pelas esse essa isso aquele aquela seus suas ele ela eles elas lhe já ainda até após "
    "antes depois onde sem muito foram estava havia há ter tinha têm nem só hij zij ze hun haar zou zal kan kunnen "
    "worden wordt werd hebben dit deze nog wel geen tot tegen tussen volgens omdat toen waar wat ska skulle kunde "
    "hade blir blev efter vid eller också sedan när där denna detta dessa sig sitt sina vi mot utan genom enligt så "
    "havde være bliver skal vil også ved fra når hvor hvis kunne ble etter hadde hans hennes oraz ale lub czy który "
    "która które którzy jego jej przez przed dla bez przy za tak więc jeszcze już tylko może będzie był była było "
    "były są jako także jak gdy kiedy gdzie ta tym tego tej temu і та й що з від як це але був була було були є його "
    "її їх він вона вони ми я ж чи або бо коли де який яка яке які цей ця ці щоб після під над при про через між уже "
    "вже ще лише тільки також так без была было были её их она они мы вы же ли или когда где который которая которое "
    "которые этот эта эти чтобы после под между ещё еще только также со во если бы في من على إلى عن مع أن إن التي "
    "الذي الذين هذا هذه ذلك تلك كان كانت قد لم لن لا ما هو هي هم بعد قبل بين عند حتى كل غير أو ثم لكن وقد خلال منذ "
    "حيث كما بأن وأن".split()
)
AGENCIES = {
    name.casefold(): name
    for name in (
        "Reuters",
        "AP",
        "AFP",
        "dpa",
        "EFE",
        "ANSA",
        "UPI",
        "Xinhua",
        "TASS",
        "ITAR-TASS",
        "Interfax",
        "RIA Novosti",
        "Sputnik",
        "Bloomberg",
        "Bloomberg News",
        "Dow Jones",
        "Dow Jones Newswires",
        "MENAFN",
        "PTI",
        "ANI",
        "IANS",
        "UNI",
        "Kyodo",
        "Kyodo News",
        "Jiji Press",
        "Yonhap",
        "KCNA",
        "Bernama",
        "Antara",
        "AAP",
        "NZPA",
        "PA",
        "PA Media",
        "Press Association",
        "CP",
        "Canadian Press",
        "The Canadian Press",
        "Associated Press",
        "The Associated Press",
        "Agence France-Presse",
        "Thomson Reuters",
        "Deutsche Presse-Agentur",
        "APA",
        "SID",
        "KNA",
        "epd",
        "ATS",
        "Keystone-SDA",
        "Belga",
        "ANP",
        "TT",
        "NTB",
        "Ritzau",
        "STT",
        "PAP",
        "CTK",
        "MTI",
        "Lusa",
        "Europa Press",
        "Adnkronos",
        "AGI",
        "Anadolu",
        "Anadolu Agency",
        "AA",
        "DHA",
        "IRNA",
        "ISNA",
        "Fars",
        "WAM",
        "SPA",
        "QNA",
        "KUNA",
        "BNA",
        "MENA",
        "PNA",
        "APP",
        "UNB",
        "BSS",
        "Lanka News",
        "NAN",
        "PANA",
        "APS",
        "MAP",
        "TAP",
        "Petra",
        "SANA",
        "WAFA",
        "JTA",
        "IPS",
        "PR Newswire",
        "PRNewswire",
        "Business Wire",
        "BUSINESS WIRE",
        "GLOBE NEWSWIRE",
        "GlobeNewswire",
        "Marketwire",
        "CNS",
        "CNW",
        "ACN Newswire",
        "EUROPA PRESS",
        "news agencies",
        "agencies",
    )
}


# What stands before or after the number of an HTTP status.
STATUS_WORDS = frozenset("http error status code fehler erreur erro errore fout fel błąd помилка ошибка".split())
# What stands before the name of an author.
BY_WORDS = frozenset("by von par por di door av przez".split())
ERROR_NUMBERS = frozenset("400 401 402 403 404 405 406 408 410 418 429 451 500 501 502 503 504 520 521 522".split())
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier janv enero ene gennaio gen janeiro januari jänner "
            "stycznia styczeń січня января يناير",
            "february feb februar février févr fév febrero febbraio fevereiro fev februari "
            "lutego luty лютого февраля فبراير شباط",
            "march mar märz mars marzo março maart marts marzec березня марта مارس آذار",
            "april apr avril avr abril abr aprile kwietnia kwiecień квітня апреля أبريل نيسان",
            "may mai mayo maggio maio mei mag maj maja травня мая مايو أيار",
            "june jun juni juin junio giugno junho giu czerwca czerwiec червня июня يونيو حزيران",
            "july jul juli juillet juil julio luglio julho lug lipca lipiec липня июля يوليو تموز",
            "august aug août agosto ago augustus augusti sierpnia sierpień серпня августа أغسطس آب",
            "september sep sept septembre septiembre settembre setembro set "
            "września wrzesień вересня сентября سبتمبر أيلول",
            "october oct oktober okt octobre octubre ottobre outubro out ott "
            "października październik жовтня октября أكتوبر",
            "november nov novembre noviembre novembro listopada listopad листопада ноября نوفمبر",
            "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember "
            "grudnia grudzień грудня декабря ديسمبر",
        ),
        1,
    )
    for name in names.split()
}


def listed(told: str) -> Iterable[str]:
    """Return the phrases of a list that is written with semicolons."""
    return (phrase.strip() for phrase in told.split(";"))
