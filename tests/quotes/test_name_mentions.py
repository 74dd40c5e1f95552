"""Names of an article are looked up by entity and by last word."""

import time

from newsmill.quotes.name_mentions import ORGANIZATION, PERSON, ArticleNames, NameMention, find_named_parts


def _make_mention(start: int, name: str, entity: str, role: str | None = None) -> NameMention:
    return NameMention(start, start + len(name), PERSON, entity, name, role, 0)


def test_the_words_of_all_roles_of_an_entity_are_listed():
    mentions = [
        _make_mention(0, "Ida Marlow", "ida", "Harbour Master"),
        _make_mention(20, "Tom Marlow", "tom", "baker"),
        _make_mention(40, "Marlow", "ida", "acting mayor"),
        _make_mention(60, "Ida Marlow", "ida"),
    ]
    names = ArticleNames(mentions)
    assert names.list_role_words("ida") == {"harbour", "master", "acting", "mayor"}
    assert names.list_role_words("tom") == {"baker"}


def test_a_like_name_is_the_last_before_else_the_first_behind_of_a_single_entity():
    mentions = [
        _make_mention(10, "Ida Marlow", "ida"),
        _make_mention(30, "Tom Brandt", "tom"),
        _make_mention(50, "Ida Marlow", "ida"),
        _make_mention(70, "Ute Brandt", "ute"),
    ]
    names = ArticleNames(mentions)
    assert [names.find_alike("Dr. Marlow", position) for position in (0, 40, 60)] == [
        mentions[0],
        mentions[0],
        mentions[2],
    ]
    assert names.find_alike("Brandt", 60) is None and names.find_alike("Oake", 60) is None


def test_a_name_read_at_each_quotation_costs_no_walk_over_all_its_mentions():
    names = ArticleNames([_make_mention(20 * i, "Ida Marlow", "ida", "mayor") for i in range(20_000)])
    started = time.process_time()
    for mention in names.mentions:
        assert names.list_role_words("ida") == {"mayor"}
        assert names.find_alike("Marlow", mention.end) is mention
    assert time.process_time() - started < 5


def _find_head(words: str, name: str, kind: str = PERSON) -> str | None:
    start = words.index(name)
    mention = NameMention(start, start + len(name), kind, name, name, None, 0)
    head = find_named_parts(words, (0, len(words)), ArticleNames([mention])).head
    return head and head.canonical_name


def test_the_adviser_of_a_person_is_not_the_person():
    assert _find_head("an adviser to President Bram Teller", "Bram Teller") is None
    assert _find_head("Minister of Health Ida Holm", "Ida Holm") == "Ida Holm"


def test_a_noun_for_a_body_or_an_office_is_no_name_of_its_own():
    assert _find_head("The Ministry", "Ministry", ORGANIZATION) is None
    assert _find_head("the VP", "VP", ORGANIZATION) is None
    assert _find_head("the Ministry of Mills", "Ministry of Mills", ORGANIZATION) == "Ministry of Mills"
