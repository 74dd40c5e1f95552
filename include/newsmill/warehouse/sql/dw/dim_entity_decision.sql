-- What people decided of an entity, as their file told it when the last night was loaded.
-- Who was merged is told by every merge at its end: of `ada` into `ada quill` into `ada b quill` both lead to the last.
-- grain: entity_decision_key
-- key: entity_decision_key
-- reads: entity_decisions
-- scope: true
-- load: merge
SELECT dw.surrogate_key(concat_ws('|', entity_id, decision, coalesce(source_id, ''), role_title)) AS entity_decision_key,
       entity_id, decision, into_entity_id, given_name, source_id, role_title, decided_by, decided_at, because
FROM entity_decisions
