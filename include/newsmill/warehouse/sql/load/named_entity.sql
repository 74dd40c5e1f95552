-- The version of each entity that the mentions of a night name. Of all entities of history few are named.
-- grain: entity_id night
-- refs: dw.dim_entity dw.fact_entity_name
-- load: temporary view
SELECT entity_id, night, entity_key
FROM (SELECT DISTINCT entity_id, night FROM dw.fact_entity_name WHERE night IN (FROM changed_nights))
JOIN dw.dim_entity AS entity USING (entity_id)
WHERE night >= entity.valid_from AND night < entity.valid_to
