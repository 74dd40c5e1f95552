"""Names of an article are looked up by entity and by last word."""

import time

from newsmill.quotes.name_mentions import PERSON, ArticleNames, NameMention


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
