-- The result of one expectation in one run, before the load or on the loaded staging copy.
-- grain: run_id gate suite target expectation
-- reads: quality_results
-- load: replace_night
SELECT run_id, night, gate, suite, target, expectation, severity, success, broken, observed, unexpected_count, element_count
FROM quality_results
