-- A decision of people on an entity, as in their file when the last night was loaded.
-- A chain of merges leads to its end: of `ada` into `ada quill` into `ada b quill` both rows have the last as target.
-- grain: entity_decision_key
-- key: entity_decision_key
-- reads: entity_decisions
-- scope: true
-- load: merge
SELECT dw.surrogate_key(concat_ws('|', entity_id, decision, coalesce(source_id, ''), role_title)) AS entity_decision_key,
       entity_id, decision, into_entity_id, given_name, source_id, role_title, decided_by, decided_at, because
FROM entity_decisions
