"""Word lists for HTML metadata and line markup: names of meta tags, roles, classes and ids."""

from newsmill.nlp import line_markup as m

# (field, method) of a meta tag, by its property, name, itemprop or http-equiv.
META = {
    ("title", "open_graph"): "og:title",
    ("title", "meta"): """twitter:title dc.title dcterms.title parsely-title sailthru.title headline citation_title
        hdl title""",
    ("authors", "open_graph"): "article:author og:article:author",
    ("authors", "meta"): """author authors dc.creator dcterms.creator parsely-author sailthru.author byl byline
        author_name article.author article:author_name article_author citation_author cxenseparse:author creator""",
    ("published_at", "open_graph"): """article:published_time og:article:published_time article:published
        og:published_time og:pubdate""",
    ("published_at", "meta"): """datepublished date pubdate publishdate publish_date publish-date published-date
        published_date publication_date publication-date dc.date dc.date.issued dc.date.created dc.created
        dcterms.created dcterms.date dcterms.issued sailthru.date parsely-pub-date article.published article.created
        article:created originalpublicationdate article_date_original cxenseparse:recs:publishtime
        citation_publication_date prism.publicationdate rnews:datepublished displaydate datecreated date.created
        creation_date pdate ptime article:post_date releasedate dcsext.articlefirstpublished""",
    ("modified_at", "open_graph"): """article:modified_time og:updated_time og:article:modified_time
        article:modified""",
    ("modified_at", "meta"): """datemodified dcterms.modified dc.date.modified dc.modified last-modified lastmod
        article.updated revised utime update_time""",
    ("canonical_url", "open_graph"): "og:url",
    ("canonical_url", "meta"): "twitter:url parsely-link vf:url",
    ("publisher", "open_graph"): "og:site_name",
    ("publisher", "meta"): "application-name dc.publisher dcterms.publisher publisher cre sitename site_name",
    ("language", "open_graph"): "og:locale",
    ("language", "meta"): "content-language language dc.language dcterms.language inlanguage",
    ("section", "open_graph"): "article:section",
    ("section", "meta"): "parsely-section section articlesection prism.section article.section cxenseparse:category",
    ("agency", "meta"): "agency news_agency source_agency dc.source",
    ("page_type", "open_graph"): "og:type",
}
CANONICAL = "canonical"  # the rel of a link to the page's own address

# Line markup by the value of an attribute.
ROLES = {
    m.ARTICLE: "main article",
    m.PAGE_FRAME: """navigation banner contentinfo complementary search form menu menubar toolbar dialog alertdialog""",
}
ITEMPROPS = {m.ARTICLE | m.BODY_HINT: "articlebody", m.COMMENT_HINT: "comment"}

# Line markup by a whole class name or id, in lower case.
WHOLE_NAMES = {
    m.HIDDEN: """hidden is-hidden visually-hidden visuallyhidden sr-only screen-reader-text d-none display-none
        u-hidden screenreader screen-reader assistive-text offscreen element-invisible a11y-hidden show-for-sr
        invisible""",
    m.CONSENT: """cookie-banner cookie-notice cookie-bar cookie-popup cookie-modal cookie-dialog cookie-overlay
        cookie-law cookie-message cookie-policy cookie-settings cookies-banner cookies-notice cookies-bar cookiebanner
        cookienotice privacy-banner privacy-dialog privacy-modal privacy-notice privacy-manager
        privacy-preference-center""",
}
# Whole names of what is for screen readers alone; also HIDDEN above.
SPOKEN_NAMES = """visually-hidden visuallyhidden sr-only screen-reader-text screenreader screen-reader assistive-text
    a11y-hidden show-for-sr"""
# Each whole name above contains one of these words; names without any need no lookup as a whole.
HIDING_PIECES = """hidden visuallyhidden sr screen screenreader none assistive offscreen invisible cookie cookies
    cookiebanner cookienotice privacy"""

# Line markup by a word of a class name or id; words are separated by hyphens, underscores, digits and capitals.
PIECES = {
    m.BODY_HINT: """articlebody storybody storytext articletext articlecontent entrycontent postcontent postbody
        storycontent bodytext maincontent newstext newsbody bodycopy""",
    m.COMMENT_HINT: "comment comments disqus reply replies respond commentlist commenting livefyre",
    m.RELATED_HINT: """related recommended recommendations recommend more trending popular outbrain taboola
        recirc recirculation teaser teasers promo promos sidebar rail mostread mostpopular latest headlines zergnet
        river readmore""",
    m.BOILERPLATE_HINT: """share sharing social sharebar newsletter subscribe subscription signup cookie cookies
        consent ad ads advert advertisement sponsor sponsored nav navbar navigation menu breadcrumb breadcrumbs
        footer masthead toolbar tags tag paywall modal popup banner login widget copyright disclaimer""",
    m.BYLINE_HINT: """byline bylines author authors authorname dateline timestamp pubdate contributor
        contributors""",
    # the words of programs that show such a dialog on many sites; "cookie" alone may name a recipe
    m.CONSENT: """consent cookieconsent cookiebot onetrust optanon didomi usercentrics truste trustarc gdpr ccpa
        klaro osano quantcast cookiefirst cookiescript termly iubenda complianz""",
    m.CAPTION_HINT: "caption captions credit credits figcaption image photo photos gallery slideshow media video",
}
# A text word and a body word in the same name, as in story-body or entry_content, give BODY_HINT.
TEXT_PIECES = "article articles story entry post news"
BODY_PIECES = "body content contents text copy main bodycopy fulltext maincontent paragraph paragraphs"
