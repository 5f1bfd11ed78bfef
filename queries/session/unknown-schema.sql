-- title: Files with records of a version nobody here knows
-- description: Files that hold records whose schema version this lakeobs does not know, or, in a lake or a source of the config, objects of no known family. Such records are in no view: no query counts them, and every check of their family that finds nothing is inconclusive. This check names the files; it warns, because what decides is that the other checks cannot pass. lakeobs doctor names the versions; a newer lakeobs reads them.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM ops) + (SELECT count(*) FROM journal) + (SELECT count(*) FROM replays) + (SELECT coalesce(sum(unknown_schema), 0) FROM sources)
-- identity: source_file
-- columns: source_file, family, unknown_schema, records, form
-- tags: evidence
SELECT source_file, family, unknown_schema, records, form
FROM sources
WHERE unknown_schema > 0
ORDER BY unknown_schema DESC, source_file
